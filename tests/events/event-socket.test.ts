import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { shareHub } from '../support/shared-hub.js';
import { openStream, Refusal, register, type ServerFrame, type StreamClient } from '../support/stream-client.js';
import { numbers } from '../support/test-events.js';

const hub = await shareHub();
await register(hub, 'Producer', 'Worker');

const lastSeq = async (): Promise<number> => (await hub.call('GET', '/v1/stats')).body.events.lastSeq;

/** Something that happens to the module, and nothing else: one event. */
const touch = async (module = 'Worker'): Promise<void> => {
  const { status } = await hub.call('PATCH', `/v1/modules/${module}`, { version: String(await lastSeq()) });
  assert.equal(status, 200);
};

const nextOf = (client: StreamClient, sub: string): Promise<ServerFrame> => client.next((frame) => frame.sub === sub);

test('a socket is welcomed with where the log stands', async () => {
  const { url, key } = hub;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'granger.v1', {
    headers: { authorization: `Bearer ${key}` },
  });
  const [data] = await once(socket, 'message');
  const { epoch, events } = (await hub.call('GET', '/v1/stats')).body;
  assert.deepEqual(JSON.parse(String(data)), { op: 'welcome', epoch, seq: events.lastSeq });
  assert.equal(socket.protocol, 'granger.v1');
  socket.terminate();
});

const refusedUpgrades: readonly [
  who: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  status: number,
][] = [
  ['a page of another site', '/v1/stream', { origin: 'https://evil.example' }, 403],
  ['who asks by another name', '/v1/stream', { host: 'evil.example' }, 403],
  ['who asks at another address', '/v1/streams', {}, 404],
  ['who asks at an address that cannot be read', '/%zz', {}, 400],
];

for (const [who, path, headers, status] of refusedUpgrades) {
  test(`${who} gets no socket but ${status}, and the connection is closed`, async () => {
    const options = { headers: { authorization: `Bearer ${hub.key}`, ...headers } };
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${path}`, 'granger.v1', options);
    const [, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, status);
    response.resume();
    await once(response.socket, 'close');
  });
}

test('a ping is answered with a pong of its id', async (t) => {
  const client = await openStream(t, hub);
  client.send({ op: 'ping', id: 'p7' });
  assert.deepEqual(await client.next(({ op }) => op === 'pong'), { op: 'pong', id: 'p7' });
});

test('a subscription goes from any number on without a gap, past what was to what comes', async (t) => {
  const last = await lastSeq();
  const client = await openStream(t, hub);
  assert.deepEqual(await client.ask('subscribe', { id: 's', after: 0 }), { after: 0 });
  await touch();
  const seen: ServerFrame[] = [];
  while (seen.length <= last) seen.push(await nextOf(client, 's'));
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    numbers(1, last + 1),
  );
  const { op, sub, at, ...rest } = seen.at(-1)!;
  const [listed] = (await hub.call('GET', `/v1/events?after=${last}`)).body.items;
  assert.deepEqual([op, sub, { at, ...rest }], ['event', 's', listed]);
});

test('without a number a subscription starts with what comes next, and says where that is', async (t) => {
  const last = await lastSeq();
  const client = await openStream(t, hub);
  assert.deepEqual(await client.ask('subscribe', { id: 's' }), { after: last });
  await touch();
  assert.equal((await nextOf(client, 's')).seq, last + 1);
});

test('two subscriptions on one socket each get what is theirs', async (t) => {
  const client = await openStream(t, hub);
  await client.ask('subscribe', { id: 'worker', filter: { module: 'Worker', types: ['module.*'] } });
  await client.ask('subscribe', { id: 'all', filter: { types: 'module.updated,module.removed' } });
  await touch('Producer');
  await touch('Worker');
  const modulesOf = async (sub: string, count: number): Promise<string[]> => {
    const seen: string[] = [];
    while (seen.length < count) seen.push((await nextOf(client, sub)).subject.module);
    return seen;
  };
  assert.deepEqual(await modulesOf('all', 2), ['Producer', 'Worker']);
  assert.deepEqual(await modulesOf('worker', 1), ['Worker']);
  assert.deepEqual(client.untaken('event'), []);
});

test('after the ok to an unsubscribe no event of it comes, and its id is free', async (t) => {
  const client = await openStream(t, hub);
  await client.ask('subscribe', { id: 's' });
  await client.ask('unsubscribe', { id: 's' });
  await touch();
  const after = (await lastSeq()) - 1;
  assert.deepEqual(client.untaken('event'), []);
  await client.ask('subscribe', { id: 's', after });
  assert.equal((await nextOf(client, 's')).seq, after + 1);
});

const refused: Readonly<Record<string, readonly [fields: object, code: string, pointer?: string]>> = {
  'an unknown field': [{ filters: {} }, 'invalid_request', '/filters'],
  'an unknown field in its filter': [{ filter: { type: 'x' } }, 'invalid_request', '/filter/type'],
  'a type that cannot be': [{ filter: { types: ['Message'] } }, 'invalid_request', '/filter/types/0'],
  'a number that cannot be': [{ after: -1 }, 'invalid_request', '/after'],
  'an id of another noun': [{ filter: { message: 'turn_1' } }, 'invalid_request', '/message'],
  'an empty id': [{ id: '' }, 'invalid_request', '/id'],
  'an id that is in use': [{ id: 'taken' }, 'conflict'],
};

test('a subscription that cannot be is refused with its id, and the socket stays open', async (t) => {
  const client = await openStream(t, hub);
  await client.ask('subscribe', { id: 'taken' });
  for (const [what, [fields, code, pointer]] of Object.entries(refused)) {
    await t.test(what, async () => {
      const refusal = await client.ask('subscribe', { id: 'bad', ...fields }).catch((error: unknown) => error);
      assert.ok(refusal instanceof Refusal);
      assert.equal(refusal.code, code);
      const pointers = (refusal.problem.errors as { pointer: string }[] | undefined)?.map((error) => error.pointer);
      if (pointer !== undefined) assert.ok(pointers?.includes(pointer), String(pointers));
    });
  }
});

test('a socket holds many subscriptions, but not any number, and nobody is warned of a leak', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const client = await openStream(t, hub);
  for (let count = 0; count < 64; count++) await client.ask('subscribe', { id: `s${count}` });
  await assert.rejects(client.ask('subscribe', { id: 'one too many' }), { code: 'conflict' });
  await client.close();
  assert.deepEqual(warnings, []);
});

test('nothing of all this is logged as an error', () => assert.deepEqual(hub.errors, []));
