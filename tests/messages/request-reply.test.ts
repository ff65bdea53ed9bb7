import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { type BrokerClient, brokerOf } from '../support/broker-client.js';
import { FakeClock, startTestHub, type TestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

const ask = { from: 'Producer', to: 'Worker', type: 'question', payload: { n: 1 } };
const answer = { payload: { n: 2 } };

/** Asks and waits for the reply; `claimed` is what the worker then has. */
const askAndClaim = async (broker: BrokerClient, message: object = ask) => {
  const asking = broker.call('POST', '/v1/messages?wait=30', message);
  const claimed = await broker.claimOne('Worker', { waitSeconds: 30 });
  return { asking, claimed };
};

test('a request that waits is answered with the reply, in its correlation and conversation', async (t) => {
  const bench = await openBench(t);
  const thread = { correlationId: 'c-1', conversationId: 'talk', headers: { traceparent: 't-1' }, priority: 8 };
  const { asking, claimed } = await askAndClaim(bench, { ...ask, ...thread });
  const { replyId } = await bench.settle('complete', claimed, { reply: answer });
  const { status, body } = await asking;
  const { id, type, from, to, replyTo, payload, ...rest } = body.reply;
  assert.equal(status, 200);
  assert.deepEqual(
    { id, type, from, to, replyTo, payload },
    {
      id: replyId,
      type: 'question.response',
      from: 'Worker',
      to: 'Producer',
      replyTo: body.id,
      ...answer,
    },
  );
  const { seq: _seq, createdAt: _createdAt, orderingKey: _orderingKey, ...inherited } = rest;
  assert.deepEqual(inherited, thread);
  assert.equal(body.deliveries[0].state, 'done');
});

test('a request without a correlation is correlated by its id', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send(ask);
  await bench.settle('complete', await bench.claimOne(), { reply: { ...answer, type: 'own.type' } });
  const [{ message }] = await bench.inbox('Producer');
  assert.deepEqual([message.correlationId, message.replyTo, message.type], [id, id, 'own.type']);
});

test('a reply that was taken by the request that waited does not come to the inbox as well', async (t) => {
  const bench = await openBench(t);
  const { asking, claimed } = await askAndClaim(bench);
  await bench.settle('complete', claimed, { reply: answer });
  const { reply } = (await asking).body;
  assert.deepEqual(await bench.inbox('Producer'), []);
  // The next write comes after the one that takes the reply, for which the answer did not wait.
  assert.deepEqual(await bench.claim('Producer'), []);
  assert.equal((await bench.delivery(reply.id)).state, 'done');
  await bench.passTime(60_000);
  assert.deepEqual(await bench.claim('Producer'), []);
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 0 });
});

test('a reply that comes after the wait is still there to fetch, and comes to the inbox', async (t) => {
  const bench = await openBench(t);
  const { status, body } = await bench.call('POST', '/v1/messages?wait=0.01', ask);
  assert.deepEqual([status, body.reply], [202, undefined]);
  await bench.expect(204, 'GET', `/v1/messages/${body.id}/reply`);
  const { replyId } = await bench.settle('complete', await bench.claimOne(), { reply: answer });
  const fetched = await bench.expect(200, 'GET', `/v1/messages/${body.id}/reply`);
  const [received] = await bench.claim('Producer');
  assert.deepEqual([fetched.id, received!.message], [replyId, fetched]);
  assert.deepEqual((await bench.message(body.id)).reply, fetched);
});

test('a request that is made again takes the reply out of the inbox, but not out of the hands of who works on it', async (t) => {
  const bench = await openBench(t);
  const again = () => bench.call('POST', '/v1/messages?wait=0', ask, { 'idempotency-key': 'k' });
  const { replyId } = await again().then(async () =>
    bench.settle('complete', await bench.claimOne(), { reply: answer }),
  );
  const claimed = await bench.claimOne('Producer');
  assert.equal((await again()).body.reply.id, replyId);
  await bench.settle('release', claimed);
  assert.equal((await again()).body.reply.id, replyId);
  assert.deepEqual(await bench.claim('Producer'), []);
  assert.equal((await bench.delivery(replyId)).state, 'done');
});

test('who asks for the reply and waits gets it when it comes, and leaves it in the inbox', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send(ask);
  const fetching = bench.expect(200, 'GET', `/v1/messages/${id}/reply?wait=30`);
  await bench.settle('complete', await bench.claimOne(), { reply: answer });
  assert.deepEqual((await fetching).payload, answer.payload);
  assert.equal((await bench.inbox('Producer')).length, 1);
});

/** How a request ends without a reply. */
const deaths: Readonly<Record<string, (broker: BrokerClient, clock: FakeClock, id: string) => Promise<unknown>>> = {
  dead: async (broker) => broker.settle('fail', await broker.claimOne(), { retryable: false }),
  expired: async (_broker, clock) => clock.advance(100_000),
  cancelled: (broker, _clock, id) => broker.cancel(id),
};

for (const [state, end] of Object.entries(deaths)) {
  test(`a request that is ${state} says at once that no reply will come`, async (t) => {
    const clock = new FakeClock();
    const broker = await brokerOf(await startTestHub(t, { clock }));
    const { id } = await broker.send({ ...ask, ttlSeconds: 100 });
    const fetching = broker.expect(409, 'GET', `/v1/messages/${id}/reply?wait=60`);
    await end(broker, clock, id);
    const { code, detail } = await fetching;
    assert.equal(code, 'no_reply_coming');
    assert.match(detail, new RegExp(`it is ${state}\\.$`));
  });

  test(`a send that waits for its reply ends when the request is ${state}`, async (t) => {
    const clock = new FakeClock();
    const hub = await startTestHub(t, { clock });
    const broker = await brokerOf(hub);
    const asking = broker.call('POST', '/v1/messages?wait=60', { ...ask, ttlSeconds: 100 });
    const { subject } = await whenEvent(hub, { types: 'message.sent' });
    await end(broker, clock, subject.messageId);
    const { status, body } = await asking;
    assert.deepEqual([status, body.deliveries[0].state], [202, state]);
  });
}

test('a broadcast is answered by the first that replies, and is over only when nobody can any more', async (t) => {
  const bench = await openBench(t);
  await bench.register('Other');
  const { id } = await bench.send({ broadcast: true });
  await bench.settle('fail', await bench.claimOne('Other'), { retryable: false });
  await bench.expect(204, 'GET', `/v1/messages/${id}/reply`);
  await bench.settle('complete', await bench.claimOne('Worker'), { reply: answer });
  assert.equal((await bench.expect(200, 'GET', `/v1/messages/${id}/reply`)).from, 'Worker');
});

test('a delivery that was completed without a reply can be replied to later', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send(ask);
  await bench.settle('complete', await bench.claimOne());
  await bench.expect(204, 'GET', `/v1/messages/${id}/reply`);
  const sent = await bench.expect(201, 'POST', `/v1/messages/${id}/reply`, { from: 'Worker', ...answer });
  assert.deepEqual([sent.type, sent.to, sent.replyTo], ['question.response', 'Producer', id]);
  assert.equal((await bench.expect(200, 'GET', `/v1/messages/${id}/reply`)).id, sent.id);
});

test('only a module that received the request replies to it', async (t) => {
  const bench = await openBench(t);
  await bench.register('Stranger');
  const { id } = await bench.send(ask);
  const reply = (from: string, of = id) => bench.call('POST', `/v1/messages/${of}/reply`, { from, ...answer });
  const codes = [
    await reply('Stranger'),
    await reply('Producer'),
    await reply('Nobody'),
    await reply('Worker', 'msg_999'),
  ];
  assert.deepEqual(
    codes.map(({ status, body }) => `${status} ${body.code}`),
    ['403 forbidden', '403 forbidden', '404 module_not_found', '404 message_not_found'],
  );
  await bench.expect(204, 'GET', `/v1/messages/${id}/reply`);
  assert.equal((await reply('Worker')).status, 201);
});

test('of a channel only the subscriber that holds the request replies', async (t) => {
  const bench = await openBench(t);
  await bench.register('Other');
  await bench.subscribe('jobs', 'Worker', 'Other');
  const { id } = await bench.send({ channel: 'jobs' });
  await bench.claimOne('Worker');
  await bench.expect(403, 'POST', `/v1/messages/${id}/reply`, { from: 'Other', ...answer });
  await bench.expect(201, 'POST', `/v1/messages/${id}/reply`, { from: 'Worker', ...answer });
});

test('a completion that is refused sends no reply', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send(ask);
  const { delivery } = await bench.claimOne();
  assert.equal((await bench.apply('complete', { ...delivery, lease: 'wrong' }, { reply: answer })).status, 409);
  await bench.expect(204, 'GET', `/v1/messages/${id}/reply`);
  await bench.settle('complete', { delivery }, { reply: answer });
  assert.equal((await bench.apply('complete', delivery, { reply: answer })).body.code, 'delivery_final');
  assert.equal((await bench.inbox('Producer')).length, 1);
});

test('a reply to a sender that is gone is kept with the message, and the completion counts', async (t) => {
  const bench = await openBench(t);
  await bench.register('Visitor');
  const { id } = await bench.send({ ...ask, from: 'Visitor' });
  await bench.expect(204, 'DELETE', '/v1/modules/Visitor');
  assert.equal((await bench.settle('complete', await bench.claimOne(), { reply: answer })).state, 'done');
  assert.deepEqual((await bench.message(id)).reply.payload, answer.payload);
});

/** A request that waits for its reply and breaks off while it does. */
const breakOff = async (hub: TestHub): Promise<void> => {
  const asked = once(hub.hub.app.server, 'request');
  const lost = request(`${hub.url}/v1/messages?wait=60`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.key}`, 'content-type': 'application/json' },
    agent: false,
  });
  const failed = once(lost, 'error');
  lost.end(JSON.stringify(ask));
  const [{ socket }] = (await asked) as [IncomingMessage];
  await whenEvent(hub, { types: 'message.sent' });
  const closed = once(socket, 'close');
  lost.destroy();
  await Promise.all([failed, closed]);
};

test('when the request broke off before the reply, the reply comes to the inbox', async (t) => {
  const hub = await startTestHub(t);
  const broker = await brokerOf(hub);
  await breakOff(hub);
  await broker.settle('complete', await broker.claimOne(), { reply: answer });
  const { message } = await broker.claimOne('Producer', { waitSeconds: 30 });
  assert.deepEqual(message.payload, answer.payload);
});

test('when the request broke off just as its reply came, the reply comes to the inbox after the hold', async (t) => {
  const bench = await openBench(t);
  const { database, deliveries, messages } = bench.parts;
  const { id } = await bench.send(ask);
  const { delivery } = await bench.claimOne();
  const gone = new AbortController();
  const taking = messages.takeReply(keyOf(id), { timeoutMs: 60_000, signal: gone.signal });
  const completing = deliveries.apply(keyOf(delivery.id), { verb: 'complete', lease: delivery.lease, reply: answer });
  // In the same transaction: the reply is written for who waits, who then is gone before it is there.
  await database.write(() => gone.abort());
  const { replyId } = await completing;
  await taking;
  await bench.passTime(9999);
  assert.deepEqual([(await bench.delivery(`msg_${replyId}`)).state, await bench.inbox('Producer')], ['leased', []]);
  await bench.passTime(1);
  await bench.passTime(1000);
  assert.equal((await bench.claimOne('Producer')).message.id, `msg_${replyId}`);
});

const keyOf = (publicId: string): number => Number(publicId.split('_')[1]);
