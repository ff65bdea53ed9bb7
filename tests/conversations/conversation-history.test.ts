import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub({ settings: { GRANGER_AGENTS_MAX: '0' } });
for (const name of ['Asker', 'Plain']) await hub.call('PUT', `/v1/modules/${name}`, {});

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any;

const get = async (path: string): Promise<Json> => (await hub.call('GET', path)).body;
const say = async (conversationId: string, payload: unknown): Promise<string> =>
  (await hub.call('POST', '/v1/messages', { from: 'Asker', to: 'Plain', type: 'talk', conversationId, payload })).body
    .id;
const said = async (id: string, query = ''): Promise<unknown[]> =>
  (await get(`/v1/conversations/${id}/messages${query}`)).items.map(({ payload }: Json) => payload);
const fork = async (id: string, body: object = {}): Promise<Json> =>
  (await hub.call('POST', `/v1/conversations/${id}/fork`, body)).body;

test('messages come in their order, a page at a time, and from the end back', async () => {
  for (let n = 1; n <= 5; n++) await say('counted', n);
  assert.deepEqual(await said('counted'), [1, 2, 3, 4, 5]);
  const first = await get('/v1/conversations/counted/messages?limit=2');
  const second = await get(`/v1/conversations/counted/messages?limit=2&cursor=${first.nextCursor}`);
  const third = await get(`/v1/conversations/counted/messages?limit=2&cursor=${second.nextCursor}`);
  assert.deepEqual(
    [first, second, third].map(({ items }) => items.map(({ payload }: Json) => payload)),
    [[1, 2], [3, 4], [5]],
  );
  assert.equal(third.nextCursor, null);
  assert.deepEqual(await said('counted', '?order=desc&limit=2'), [5, 4]);
});

test('a fork has the history of before, and goes its own way', async () => {
  for (const text of ['one', 'two']) await say('road', text);
  const made = await fork('road', { title: 'The other road' });
  assert.deepEqual([made.title, made.forkedFrom.conversationId, made.messageCount], ['The other road', 'road', 0]);
  assert.deepEqual(made.participants.sort(), ['Asker', 'Plain']);
  await say('road', 'left');
  await say(made.id, 'right');
  assert.deepEqual(await said('road'), ['one', 'two', 'left']);
  assert.deepEqual(await said(made.id), ['one', 'two', 'right']);
  const { data } = (await get('/v1/events?conversation=road&types=conversation.forked')).items[0];
  assert.equal(data.forkId, made.id);
});

test('a fork may begin at an earlier message, and be forked again', async () => {
  const ids: string[] = [];
  for (const text of ['a', 'b', 'c']) ids.push(await say('tree', text));
  const branch = await fork('tree', { id: 'branch', through: ids[1] });
  assert.deepEqual([branch.id, branch.forkedFrom], ['branch', { conversationId: 'tree', through: ids[1] }]);
  await say('branch', 'B1');
  const last = await say('branch', 'B2');
  await fork('branch', { id: 'twig' });
  await say('twig', 'T');
  assert.deepEqual(await said('twig'), ['a', 'b', 'B1', 'B2', 'T']);
  await fork('branch', { id: 'early', through: ids[0] });
  assert.deepEqual(await said('early'), ['a']);
  assert.deepEqual((await fork('tree', { through: last })).code, 'message_not_found');
  assert.deepEqual((await fork('tree', { through: 'yesterday' })).code, 'message_not_found');
  assert.deepEqual((await fork('tree', { id: 'twig' })).code, 'conflict');
});

test('an empty conversation can be forked', async () => {
  await hub.call('POST', '/v1/conversations', { id: 'empty' });
  const made = await fork('empty');
  assert.deepEqual(made.forkedFrom, { conversationId: 'empty' });
  await say('empty', 'later');
  assert.deepEqual(await said(made.id), []);
});

test('what a fork was forked from is deleted only by force, and the fork keeps what is its own', async () => {
  const open = await say('stem', 'before');
  await hub.call('POST', `/v1/messages/${open}/cancel`, {});
  const made = await fork('stem');
  await say(made.id, 'after');
  const refused = await hub.call('DELETE', '/v1/conversations/stem');
  assert.deepEqual([refused.status, refused.body.code], [409, 'conversation_in_use']);
  assert.ok(refused.body.detail.includes(made.id));
  assert.equal((await hub.call('DELETE', '/v1/conversations/stem?force=true')).status, 204);
  assert.deepEqual(await said(made.id), ['after']);
});

const exported = async (id: string, query: string) => await hub.call('GET', `/v1/conversations/${id}/export${query}`);

test('an export is a whole conversation as JSON', async () => {
  const message = { from: 'Asker', to: 'Plain', conversationId: 'exported:1' };
  const payloads = Array.from({ length: 450 }, (_, n) => ({ n, text: `Line ${n}` }));
  await hub.call(
    'POST',
    '/v1/messages',
    payloads.map((payload) => ({ ...message, payload })),
  );
  const { headers, body } = await exported('exported:1', '');
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(headers.get('content-disposition'), 'attachment; filename="exported_1.json"');
  assert.deepEqual(body.conversation, await get('/v1/conversations/exported:1'));
  assert.deepEqual(body.messages, (await get('/v1/conversations/exported:1/messages?limit=1000')).items);
});

test('an export as JSON lines has a message a line', async () => {
  const { headers, text } = await fetch(`${hub.url}/v1/conversations/exported:1/export?format=jsonl`, {
    headers: { authorization: `Bearer ${hub.key}` },
  }).then(async (answer) => ({ headers: answer.headers, text: await answer.text() }));
  assert.equal(headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
  assert.match(headers.get('content-disposition') ?? '', /filename="exported_1\.jsonl"/);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, (await get('/v1/conversations/exported:1/messages?limit=1000')).items);
});

test('an export as Markdown is there to be read', async () => {
  await hub.call('POST', '/v1/conversations', { id: 'talk', title: 'A talk', participants: ['Asker'] });
  const first = await say('talk', { message: 'Is ```this``` right?', table: [1, '```'] });
  await hub.call('POST', `/v1/messages/${first}/reply`, { from: 'Plain', payload: { text: 'It is.' } });
  await say('talk', {});
  const { headers, body } = await exported('talk', '?format=markdown');
  assert.equal(headers.get('content-type'), 'text/markdown; charset=utf-8');
  assert.match(headers.get('content-disposition') ?? '', /filename="talk\.md"/);
  assert.match(
    body,
    /^# A talk\n\ntalk, begun \S+, with Asker, Plain\n\n## Asker → Plain\n\n\*\S+ · talk · msg_\d+\*\n/,
  );
  assert.ok(body.includes('Is ```this``` right?\n\n````json\n{\n  "table"'), body);
  assert.ok(body.includes('## Plain → Asker\n'));
  assert.ok(body.trimEnd().endsWith('*'), 'a message without words has only its head');
});

test('an export in another format is refused', async () => {
  assert.equal((await exported('talk', '?format=pdf')).status, 400);
});
