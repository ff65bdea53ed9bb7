import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { openStream, register, type ServerFrame } from '../support/stream-client.js';
import { startTestHub } from '../support/test-hub.js';

const toWorker = { from: 'Producer', to: 'Worker', type: 'task', payload: { n: 1 } };

test('a message that is sent over a socket is answered with what POST /v1/messages would answer', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub);
  const sent = await client.ask('send', { message: toWorker });
  const posted = await hub.call('POST', '/v1/messages', toWorker);
  const timeless = ({ id: _id, seq: _seq, createdAt: _at, deliveries, ...rest }: ServerFrame) => ({
    ...rest,
    deliveries: deliveries.map(({ id: _, ...delivery }: ServerFrame) => delivery),
  });
  assert.deepEqual(timeless(sent), timeless(posted.body));
  assert.equal((await hub.call('GET', `/v1/messages/${sent.id}`)).body.payload.n, 1);
});

test('many messages in one frame have each its own outcome, in their order', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub);
  const messages = [toWorker, { ...toWorker, to: 'Nobody' }, { ...toWorker, priorty: 9 }, toWorker];
  const { items } = await client.ask('send', { messages });
  const codes = items.map((item: ServerFrame) => item.problem?.code ?? item.deliveries[0].state);
  assert.deepEqual(codes, ['pending', 'module_not_found', 'invalid_request', 'pending']);
});

test('a batch of which nothing was accepted is refused with the first problem', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  const client = await openStream(t, hub);
  const messages = [toWorker, { ...toWorker, priorty: 9 }];
  await assert.rejects(client.ask('send', { messages }), { code: 'module_not_found' });
  await assert.rejects(client.ask('send', { messages: [] }), { code: 'invalid_request' });
});

test('the messages of a socket are accepted in the order of their frames, alone or in batches', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub);
  const message = (n: number) => ({ ...toWorker, payload: { n } });
  const frames: object[] = [];
  let count = 0;
  // More at once than the hub reads at once, with batches and refused ones between.
  for (let frame = 0; frame < 700; frame++) {
    if (frame % 10 === 3) frames.push({ messages: [message(count++), message(count++), message(count++)] });
    else if (frame % 10 === 7) frames.push({ message: { ...message(-1), to: 'Nobody' } });
    else frames.push({ message: message(count++) });
  }
  const answers = await Promise.allSettled(frames.map((frame) => client.ask('send', frame)));
  assert.equal(answers.filter(({ status }) => status === 'rejected').length, 70);
  const order: number[] = [];
  for (let cursor = ''; order.length < count; ) {
    const { body } = await hub.call('GET', `/v1/messages?limit=1000${cursor}`);
    order.push(...body.items.map((item: ServerFrame) => item.payload.n));
    cursor = `&cursor=${body.nextCursor}`;
  }
  assert.deepEqual(
    order.reverse(),
    Array.from({ length: count }, (_, n) => n),
  );
});

test('with the key of a module a message is from that module, and from no other', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub, await createKey(hub, { scope: 'module', module: 'Worker' }));
  const sent = await client.ask('send', { message: { to: 'Producer' } });
  assert.equal(sent.from, 'Worker');
  await assert.rejects(client.ask('send', { message: toWorker }), { code: 'forbidden' });
  const { items } = await client.ask('send', { messages: [{ to: 'Producer' }, toWorker] });
  assert.deepEqual([items[0].from, items[1].problem.code], ['Worker', 'forbidden']);
});

test('with the admin key a message must say who sends it', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Worker');
  const client = await openStream(t, hub);
  await assert.rejects(client.ask('send', { message: { to: 'Worker' } }), { code: 'invalid_request' });
});

test('a sender over its rate is told when to come back', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Worker');
  await hub.call('PUT', '/v1/modules/Producer', { limits: { messagesPerMinute: 1 } });
  const client = await openStream(t, hub);
  await client.ask('send', { message: toWorker });
  client.send({ op: 'send', id: 'second', message: toWorker });
  const refused = await client.next(({ op }) => op === 'error');
  assert.deepEqual([refused.id, refused.problem.code], ['second', 'rate_limited']);
  assert.ok(refused.retryAfterSeconds > 0);
});
