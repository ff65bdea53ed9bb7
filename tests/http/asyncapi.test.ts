import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { streamDocument } from '../../src/hub-frames.js';
import { holding, openStream, register, type ServerFrame, StreamClient, send } from '../support/stream-client.js';
import { connectBeside } from '../support/test-database.js';
import { makeFolder, request, startTestHub, type TestHub } from '../support/test-hub.js';

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
type Json = any;

const document: Json = JSON.parse(JSON.stringify(streamDocument));

/** What a JSON pointer of the document's own points at. */
const resolve = (ref: string): Json =>
  ref
    .replace(/^#\//, '')
    .split('/')
    .reduce((place: Json, name) => place?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);

/** Every value in the document, with its pointer. */
function* walk(value: Json, pointer = '#'): Generator<readonly [pointer: string, value: Json]> {
  yield [pointer, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* walk(inner, `${pointer}/${name}`);
}

const messageNames = Object.keys(document.components.messages);
const operations: [string, Json][] = Object.entries(document.operations);

/** Schemas refer to each other from the root of the document, so it is all one schema to Ajv. */
const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema({ ...document, $id: 'asyncapi' });
const validators = new Map(
  messageNames.map((name) => [name, ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` })]),
);
const problemsWith = (name: string, frame: object): string[] => {
  const validate = validators.get(name)!;
  return validate(frame) ? [] : (validate.errors ?? []).map((each) => `${name}${each.instancePath} ${each.message}`);
};

const nameIn = ({ $ref }: { $ref: string }): string => $ref.split('/').at(-1)!;
const schemaOf = (name: string): Json => {
  const { payload } = document.components.messages[name];
  return payload.$ref === undefined ? payload : resolve(payload.$ref);
};
const opOf = (name: string): string => schemaOf(name).properties.op.const;

test('the document in the repository is the one that the code gives, and the one that a hub serves to any key', async (t) => {
  const file = await readFile(new URL('../../openapi/asyncapi.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(file), document, 'run `npm run openapi` and commit the file');
  const hub = await startTestHub(t);
  const { body: key } = await hub.call('POST', '/v1/keys', { scope: 'observer' });
  assert.deepEqual((await request(`${hub.url}/asyncapi.json`, { method: 'GET', key: key.key })).body, document);
  assert.equal((await request(`${hub.url}/asyncapi.json`, { method: 'GET' })).status, 401);
});

test('it is AsyncAPI 3.0 with every part that a reader looks for', () => {
  assert.equal(document.asyncapi, '3.0.0');
  assert.ok(document.info.title && document.info.version && document.info.description);
  const { stream } = document.channels;
  assert.equal(stream.address, '/v1/stream');
  assert.deepEqual(stream.servers, [{ $ref: '#/servers/local' }]);
  assert.equal(stream.bindings.ws.headers.properties['Sec-WebSocket-Protocol'].const, 'granger.v1');
  assert.deepEqual(document.servers.local.security, [{ $ref: '#/components/securitySchemes/key' }]);
});

test('every $ref points at something', () => {
  const dangling = [...walk(document)]
    .filter(([pointer]) => pointer.endsWith('/$ref'))
    .filter(([, ref]) => !ref.startsWith('#/') || resolve(ref) === undefined);
  assert.deepEqual(dangling, []);
});

test('every operation refers to messages of its channel, and every message belongs to an operation', () => {
  const inChannel = new Set(Object.keys(document.channels.stream.messages));
  const used = operations.flatMap(([, { messages, reply }]) => [...messages, ...(reply?.messages ?? [])]);
  for (const { $ref } of used) assert.match($ref, /^#\/channels\/stream\/messages\//);
  for (const [name, operation] of operations) {
    assert.deepEqual(operation.channel, { $ref: '#/channels/stream' }, name);
    assert.ok(operation.summary, name);
    assert.ok(['send', 'receive'].includes(operation.action), name);
    assert.equal(operation.action === 'receive', operation.reply !== undefined, name);
  }
  assert.deepEqual(new Set(used.map(nameIn)), inChannel);
  assert.deepEqual(new Set(messageNames), inChannel);
  for (const name of inChannel)
    assert.deepEqual(document.channels.stream.messages[name], { $ref: `#/components/messages/${name}` });
});

test('every schema that is named is used', () => {
  const refs = new Set([...walk(document)].filter(([pointer]) => pointer.endsWith('/$ref')).map(([, ref]) => ref));
  const unused = Object.keys(document.components.schemas).filter((name) => !refs.has(`#/components/schemas/${name}`));
  assert.deepEqual(unused, []);
});

test('the examples of every frame fit it, and every frame that is not the ok to another has one', () => {
  for (const name of messageNames) {
    const { examples = [] } = document.components.messages[name];
    for (const { payload } of examples) assert.deepEqual(problemsWith(name, payload), []);
    assert.ok(examples.length > 0 || opOf(name) === 'ok', `${name} has no example`);
  }
});

test('every operation of the socket is described, and none that is not there', async (t) => {
  const hub = await startTestHub(t);
  const client = await openStream(t, hub);
  const refused = await client.ask('sing').catch((error: Error) => error);
  const known = /but (.*)\.$/.exec((refused as Error).message)?.[1]?.split(', ');
  const described = operations.filter(([, { action }]) => action === 'receive').map(([name]) => opOf(name));
  assert.deepEqual(known, [...new Set(described)].sort());
});

const error = { code: 'broken', message: 'It broke.' };

/** A hub with two modules that does not keep its first events any more. */
const startWithoutOldEvents = async (t: TestContext): Promise<TestHub> => {
  const folder = await makeFolder(t);
  const before = await startTestHub(t, { folder });
  await register(before, 'Producer', 'Worker');
  await before.stop();
  connectBeside(t, folder).exec('delete from events where seq <= 2');
  return await startTestHub(t, { folder });
};

/** Has every kind of frame go over a socket. */
const useEverything = async (t: TestContext): Promise<StreamClient> => {
  const hub = await startWithoutOldEvents(t);
  const message = { from: 'Producer', to: 'Worker', type: 'task', payload: { n: 1 }, ttlSeconds: 60 };
  const client = new StreamClient(hub.url, hub.key);
  t.after(() => client.kill());
  await client.next(({ op }) => op === 'welcome');
  await client.ask('ping');
  await client.ask('subscribe', { id: 'all', filter: { types: ['*'] }, after: 0 });
  await client.ask('subscribe', { id: 'old', after: 1 });
  await client.next(({ op }) => op === 'reset');
  await client.ask('consume', { id: 'c', module: 'Worker', prefetch: 10 });
  await client.ask('send', { message: { ...message, headers: { traceparent: '00' }, orderingKey: 'k' } });
  await client.ask('send', { messages: [message, { ...message, to: 'Nobody' }, message, message, message] });
  const [a, b, c, d, e] = (await client.deliveries(5)).map(holding);
  await client.ask('extend', { ...a, leaseSeconds: 60 });
  await client.ask('extend', { items: [{ ...a, leaseSeconds: 60 }] });
  await client.ask('complete', { ...a, reply: { payload: 2 } });
  await client.ask('complete', { items: [a, b] });
  await client.ask('fail', { ...c, error, retryable: false });
  await client.ask('fail', { items: [{ ...d, error, delaySeconds: 60 }] });
  await client.ask('release', { ...e, delaySeconds: 60 });
  await client.ask('release', { items: [e] });
  await assert.rejects(client.ask('complete', a), { code: 'delivery_final' });
  await client.ask('unsubscribe', { id: 'c' });
  await client.ask('unsubscribe', { id: 'all' });
  await send(hub, {});
  return client;
};

test('real frames of every kind fit their schemas, and each fits only one of those it could be', async (t) => {
  const client = await useEverything(t);
  const seen = new Set<string>();
  const findOnly = (frame: Json, names: readonly string[]): string => {
    const fitting = names.filter((name) => problemsWith(name, frame).length === 0);
    const why = names.flatMap((name) => problemsWith(name, frame)).join('\n');
    assert.equal(fitting.length, 1, `${JSON.stringify(frame)} fits ${fitting}\n${why}`);
    seen.add(fitting[0]!);
    return fitting[0]!;
  };
  const received = operations.filter(([, { action }]) => action === 'receive');
  const sent = operations.filter(([, { action }]) => action === 'send').map(([name]) => name);
  const answersTo = new Map<string, string[]>();
  for (const frame of client.sent as ServerFrame[]) {
    const candidates = received.map(([name]) => name).filter((name) => opOf(name) === frame.op);
    const { reply } = document.operations[findOnly(frame, candidates)];
    answersTo.set(`${frame.op} ${frame.id}`, reply.messages.map(nameIn));
  }
  const asked = client.sent as ServerFrame[];
  for (const frame of client.received) {
    const isAnswer = ['ok', 'pong'].includes(frame.op);
    const question = isAnswer
      ? asked.splice(
          asked.findIndex(({ id }) => id === frame.id),
          1,
        )[0]!
      : undefined;
    findOnly(frame, question === undefined ? sent : answersTo.get(`${question.op} ${question.id}`)!);
  }
  assert.deepEqual([...seen].sort(), messageNames.toSorted());
});
