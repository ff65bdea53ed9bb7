import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';

// Conversations as rows: begin, find, name, archive, delete. No agent is ever started here.

const hub = await shareHub({ settings: { GRANGER_AGENTS_MAX: '0' } });
for (const name of ['Asker', 'Other', 'Plain']) await hub.call('PUT', `/v1/modules/${name}`, {});
await hub.call('PUT', '/v1/modules/Agent', { runtime: 'claude' });

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any;

const send = async (message: object): Promise<Json> =>
  (await hub.call('POST', '/v1/messages', { from: 'Asker', to: 'Plain', payload: {}, ...message })).body;
const get = async (path: string): Promise<Json> => (await hub.call('GET', path)).body;
const create = async (body: object): Promise<Json> => (await hub.call('POST', '/v1/conversations', body)).body;
const find = async (query: string): Promise<string[]> =>
  (await get(`/v1/conversations?limit=1000&${query}`)).items.map(({ id }: Json) => id);
const eventsOf = async (id: string): Promise<Json[]> =>
  (await get(`/v1/events?conversation=${id}&types=conversation.*`)).items;
const typesOf = async (id: string): Promise<string[]> => (await eventsOf(id)).map(({ type }) => type);

test('a conversation begins with a title and participants, and is told in an event', async () => {
  const { status, body } = await hub.call('POST', '/v1/conversations', {
    title: 'Prices',
    participants: ['Asker', 'Agent'],
  });
  assert.equal(status, 201);
  assert.match(body.id, /^conv_\d+$/);
  const { title, state, participants, messageCount } = body;
  assert.deepEqual({ title, state, messageCount }, { title: 'Prices', state: 'active', messageCount: 0 });
  assert.deepEqual(participants.sort(), ['Agent', 'Asker']);
  assert.deepEqual(await get(`/v1/conversations/${body.id}`), body);
  assert.deepEqual(
    (await eventsOf(body.id)).map(({ type, data }) => [type, data]),
    [['conversation.created', { title: 'Prices' }]],
  );
});

test('an id of one’s own is taken once, and must not look like one of the hub’s', async () => {
  assert.equal((await create({ id: 'order-1' })).id, 'order-1');
  const again = await hub.call('POST', '/v1/conversations', { id: 'order-1' });
  assert.deepEqual([again.status, again.body.code], [409, 'conflict']);
  const looksGiven = await hub.call('POST', '/v1/conversations', { id: 'conv_12' });
  assert.deepEqual([looksGiven.status, looksGiven.body.errors[0].pointer], [400, '/id']);
});

test('a participant that is no module, and a field that is not known, are refused', async () => {
  const unknown = await hub.call('POST', '/v1/conversations', { participants: ['Nobody'] });
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'module_not_found']);
  const typo = await hub.call('POST', '/v1/conversations', { titel: 'x' });
  assert.deepEqual([typo.status, typo.body.errors[0].pointer], [400, '/titel']);
});

test('what is not there is not found, whatever is asked of it', async () => {
  for (const [method, path, body] of [
    ['GET', ''],
    ['PATCH', '', {}],
    ['DELETE', ''],
    ['GET', '/messages'],
    ['POST', '/fork', {}],
    ['GET', '/export'],
  ] as const) {
    const answer = await hub.call(method, `/v1/conversations/nowhere${path}`, body);
    assert.deepEqual([answer.status, answer.body.code], [404, 'conversation_not_found'], `${method} ${path}`);
  }
});

test('who sends or receives takes part, and the messages are counted', async () => {
  const { id } = await create({ participants: ['Other'] });
  await send({ conversationId: id });
  const { createdAt } = await send({ conversationId: id, from: 'Plain', to: 'Agent' });
  const { participants, messageCount, lastMessageAt } = await get(`/v1/conversations/${id}`);
  assert.deepEqual(participants.sort(), ['Agent', 'Asker', 'Other', 'Plain']);
  assert.deepEqual([messageCount, lastMessageAt], [2, createdAt]);
});

test('the conversation that a sender has with an agent by default says so', async () => {
  const { conversationId } = await send({ to: 'Agent' });
  const { default: ofWhom } = await get(`/v1/conversations/${conversationId}`);
  assert.deepEqual(ofWhom, { sender: 'Asker', agent: 'Agent' });
});

test('conversations are found by module and state, newest first, a page at a time', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift((await create({ participants: ['Other', 'Plain'] })).id);
  await hub.call('PUT', '/v1/modules/Rare', {});
  await hub.call('PATCH', `/v1/conversations/${ids[1]}`, { participants: ['Rare'] });
  assert.deepEqual(await find('module=Rare'), [ids[1]]);
  assert.ok(!(await find('module=Plain')).includes(ids[1]!));
  await hub.call('PATCH', `/v1/conversations/${ids[2]}`, { state: 'archived' });
  assert.ok((await find('state=archived')).includes(ids[2]!));
  assert.ok(!(await find('state=active')).includes(ids[2]!));
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Json = await get(`/v1/conversations?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    assert.ok(page.items.length <= 2);
    seen.push(...page.items.map(({ id }: Json) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, await find(''));
  assert.deepEqual(seen.slice(0, 5), ids);
});

test('a title is set, changed and taken away', async () => {
  const { id } = await create({});
  const patch = async (body: object): Promise<Json> => (await hub.call('PATCH', `/v1/conversations/${id}`, body)).body;
  assert.equal((await patch({ title: 'First' })).title, 'First');
  assert.equal((await patch({ title: 'Second' })).title, 'Second');
  assert.equal((await patch({ title: 'Second' })).title, 'Second');
  assert.equal('title' in (await patch({ title: null })), false);
  assert.deepEqual(
    (await eventsOf(id)).map(({ data }) => data.title),
    [undefined, 'First', 'Second', null],
  );
  assert.deepEqual(await find('q=second'), []);
});

test('an archived conversation is opened by a message that names it, and not by a reply', async () => {
  const { id } = await create({});
  const asked = await send({ conversationId: id });
  const archived = await hub.call('PATCH', `/v1/conversations/${id}`, { state: 'archived' });
  assert.equal(archived.body.state, 'archived');
  await hub.call('PATCH', `/v1/conversations/${id}`, { state: 'archived' });
  await hub.call('POST', `/v1/messages/${asked.id}/reply`, { from: 'Plain', payload: 'late' });
  assert.equal((await get(`/v1/conversations/${id}`)).state, 'archived');
  await send({ conversationId: id });
  assert.equal((await get(`/v1/conversations/${id}`)).state, 'active');
  assert.deepEqual(await typesOf(id), ['conversation.created', 'conversation.archived', 'conversation.reopened']);
});

test('after its default conversation was archived, the next message to an agent begins a new one', async () => {
  const { conversationId: first } = await send({ from: 'Plain', to: 'Agent' });
  await hub.call('PATCH', `/v1/conversations/${first}`, { state: 'archived' });
  const { conversationId: second } = await send({ from: 'Plain', to: 'Agent' });
  assert.notEqual(second, first);
  await hub.call('PATCH', `/v1/conversations/${first}`, { state: 'active' });
  assert.equal((await send({ from: 'Plain', to: 'Agent' })).conversationId, second);
});

test('a conversation with open deliveries is not deleted, unless by force, which cancels them', async () => {
  const { id } = await create({ title: 'Short lived' });
  const sent = await send({ conversationId: id, payload: { text: 'ephemeral' } });
  const refused = await hub.call('DELETE', `/v1/conversations/${id}`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'conversation_in_use']);
  assert.match(refused.body.detail, /has 1 open deliveries/);
  assert.equal((await get(`/v1/messages/${sent.id}`)).deliveries[0].state, 'pending');
  const before = (await get('/v1/stats')).messages.pending;
  assert.equal((await hub.call('DELETE', `/v1/conversations/${id}?force=true`)).status, 204);
  assert.equal((await get('/v1/stats')).messages.pending, before - 1);
  assert.equal((await hub.call('GET', `/v1/messages/${sent.id}`)).status, 404);
  assert.equal((await hub.call('GET', `/v1/conversations/${id}`)).status, 404);
  assert.deepEqual([await find('q=ephemeral'), await find('q=lived')], [[], []]);
  assert.deepEqual(await typesOf(id), ['conversation.created', 'conversation.deleted']);
  const died = (await get(`/v1/events?message=${sent.id}`)).items.map(({ type }: Json) => type);
  assert.deepEqual(died, ['message.sent', 'delivery.cancelled']);
});

test('a long conversation goes as a whole, with its dead letters', async () => {
  await hub.call('PUT', '/v1/modules/Busy', {});
  const message = { from: 'Asker', to: 'Busy', conversationId: 'long', maxAttempts: 1, orderingKey: undefined };
  const messages = Array.from({ length: 450 }, (_, n) => ({ ...message, orderingKey: `n${n}` }));
  await hub.call('POST', '/v1/messages', messages);
  const claimed = (await hub.call('POST', '/v1/modules/Busy/claim', { max: 500 })).body.items;
  assert.equal(claimed.length, 450);
  const settle = claimed.map(({ delivery }: Json) => ({ id: delivery.id, lease: delivery.lease }));
  const fail = settle.slice(0, 3).map((each: Json) => ({ ...each, error: { code: 'no', message: 'no' } }));
  await hub.call('POST', '/v1/deliveries/batch', { complete: settle.slice(3), fail });
  assert.equal((await get('/v1/stats')).messages.dead, 3);
  assert.equal((await hub.call('DELETE', '/v1/conversations/long')).status, 204);
  assert.equal((await get('/v1/stats')).messages.dead, 0);
  assert.deepEqual((await get('/v1/messages?conversationId=long')).items, []);
  const again = await send({ conversationId: 'long' });
  assert.deepEqual((await get('/v1/conversations/long/messages')).items.length, 1);
  assert.equal((await get('/v1/conversations/long')).messageCount, 1);
  assert.ok(again.id);
});

test('a module’s key begins conversations with itself in them, and changes only those it takes part in', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Asker' });
  const own = await mine.call('POST', '/v1/conversations', { participants: ['Plain'] });
  assert.deepEqual([own.status, own.body.participants.includes('Asker')], [201, true]);
  assert.equal((await mine.call('PATCH', `/v1/conversations/${own.body.id}`, { title: 'Mine' })).status, 200);
  const foreign = await create({ participants: ['Plain', 'Other'] });
  const path = `/v1/conversations/${foreign.id}`;
  for (const answer of [
    await mine.call('PATCH', path, { title: 'Mine' }),
    await mine.call('DELETE', path),
    await mine.call('POST', `${path}/fork`, {}),
  ])
    assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
  assert.equal((await mine.call('GET', path)).status, 200);
  const nobodys = await create({});
  assert.equal((await mine.call('DELETE', `/v1/conversations/${nobodys.id}`)).status, 403);
});
