import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

// Which conversation a message belongs to. No agent is ever started here.

const hub = await shareHub({ settings: { GRANGER_AGENTS_MAX: '0' } });
for (const name of ['Asker', 'Other', 'Plain']) await hub.call('PUT', `/v1/modules/${name}`, {});
await hub.call('PUT', '/v1/modules/Agent', { runtime: 'claude' });
await hub.call('PUT', '/v1/modules/Second', { runtime: { type: 'claude', conversation: 'sender' } });
await hub.call('PUT', '/v1/modules/Fresh', { runtime: { type: 'claude', conversation: 'message' } });

const send = async (from: string, to: string, conversationId?: string): Promise<string | undefined> => {
  const message = { from, to, ...(conversationId === undefined ? {} : { conversationId }) };
  const { status, body } = await hub.call('POST', '/v1/messages', message);
  assert.equal(status, 201, JSON.stringify(body));
  return body.conversationId;
};

const created = async (): Promise<string[]> => {
  const { items } = (await hub.call('GET', '/v1/events?types=conversation.created&limit=1000')).body;
  return items.map(({ subject }: { subject: { conversationId: string } }) => subject.conversationId);
};

test('a message between modules is in no conversation unless it names one', async () => {
  assert.equal(await send('Asker', 'Plain'), undefined);
});

test('a conversation of one’s own name is made by its first use, once', async () => {
  for (let count = 0; count < 2; count++) assert.equal(await send('Asker', 'Plain', 'order-42'), 'order-42');
  assert.equal(await send('Other', 'Agent', 'order-42'), 'order-42');
  assert.equal((await created()).filter((id) => id === 'order-42').length, 1);
});

test('a sender has one conversation by default with each agent', async () => {
  const first = await send('Asker', 'Agent');
  assert.match(first ?? '', /^conv_\d+$/);
  assert.equal(await send('Asker', 'Agent'), first);
  const others = [await send('Other', 'Agent'), await send('Asker', 'Second')];
  assert.equal(new Set([first, ...others]).size, 3);
  assert.equal((await created()).filter((id) => id === first).length, 1);
});

test('first messages that come together share the one conversation that they make', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => send('Other', 'Second')));
  assert.equal(new Set(ids).size, 1);
});

test('an agent that wants it has a new conversation for each message', async () => {
  const ids = [await send('Asker', 'Fresh'), await send('Asker', 'Fresh')];
  assert.equal(new Set(ids).size, 2);
});

test('a conversation that the hub made may be named by its id, and messages of it are found by it', async () => {
  const id = await send('Asker', 'Agent');
  assert.equal(await send('Plain', 'Agent', id), id);
  const { items } = (await hub.call('GET', `/v1/messages?conversationId=${id}&limit=1000`)).body;
  assert.ok(items.length >= 2);
  assert.deepEqual([...new Set(items.map((item: { conversationId: string }) => item.conversationId))], [id]);
});

test('an id of the hub’s own form that is not there is refused, and nothing is stored', async () => {
  const before = (await hub.call('GET', '/v1/stats')).body.events.lastSeq;
  const message = { from: 'Asker', to: 'Agent', conversationId: 'conv_4711' };
  const { status, body } = await hub.call('POST', '/v1/messages', message);
  assert.deepEqual([status, body.code], [404, 'conversation_not_found']);
  const batch = await hub.call('POST', '/v1/messages', [message, { from: 'Asker', to: 'Plain' }]);
  assert.deepEqual([batch.status, batch.body.items[0].problem.code], [200, 'conversation_not_found']);
  assert.match(batch.body.items[1].id, /^msg_/);
  const { items } = (await hub.call('GET', `/v1/events?after=${before}`)).body;
  assert.deepEqual(
    items.map(({ type }: { type: string }) => type),
    ['message.sent'],
  );
});

test('a conversation is one after the other: what waits behind an open delivery is not claimed', async () => {
  await hub.call('PUT', '/v1/modules/InOrder', {});
  for (const conversationId of ['line-1', 'line-1', 'line-2']) await send('Asker', 'InOrder', conversationId);
  const claim = async (): Promise<{ delivery: { id: string; lease: string }; message: { conversationId: string } }[]> =>
    (await hub.call('POST', '/v1/modules/InOrder/claim', { max: 10 })).body.items;
  const first = await claim();
  assert.deepEqual(
    first.map(({ message }) => message.conversationId),
    ['line-1', 'line-2'],
  );
  assert.deepEqual(await claim(), []);
  const { id, lease } = first[0]!.delivery;
  await hub.call('POST', `/v1/deliveries/${id}/complete`, { lease });
  assert.deepEqual(
    (await claim()).map(({ message }) => message.conversationId),
    ['line-1'],
  );
});
