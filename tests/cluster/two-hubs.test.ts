import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectMcp } from '../mcp/mcp-client.js';
import { numbersOf } from '../support/broker-client.js';
import { clusterDatabase, joinCluster, shareCluster } from '../support/cluster.js';
import { openEventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { createKey } from '../support/hub-keys.js';
import { openStream } from '../support/stream-client.js';
import { request } from '../support/test-hub.js';

// Two hubs on one PostgreSQL: what is answered at one holds at the other.

const [here, there] = await shareCluster();

/** Modules that no other test uses, registered at one hub. */
const modulesFor = async (name: string): Promise<{ from: string; to: string }> => {
  const modules = { from: `${name}Producer`, to: `${name}Worker` };
  await here.broker.register(modules.from, modules.to);
  return modules;
};

test('a claim that waits at one hub gets what is sent to the other', async () => {
  const { from, to } = await modulesFor('Waiting');
  const waiting = there.broker.claimOne(to, { waitSeconds: 60 });
  const { id } = await here.broker.send({ from, to, payload: { n: 1 } });
  const claimed = await waiting;
  assert.equal(claimed.message.id, id);
  await here.broker.settle('complete', claimed);
  assert.equal((await there.broker.delivery(id)).state, 'done');
});

test('a request that waits at one hub gets the reply that is given at the other, and it comes to no inbox as well', async () => {
  const { from, to } = await modulesFor('Asking');
  const asked = here.broker.call('POST', '/v1/messages?wait=60', { from, to, payload: { n: 1 } });
  const claimed = await there.broker.claimOne(to, { waitSeconds: 60 });
  await there.broker.settle('complete', claimed, { reply: { payload: { answer: 42 } } });
  const { status, body } = await asked;
  assert.deepEqual([status, body.reply?.payload], [200, { answer: 42 }]);
  await eventually(async () => (await there.broker.delivery(body.reply.id)).state === 'done');
  assert.deepEqual(await there.broker.inbox(from), []);
});

test('a reply for which check_reply waits at one hub and that is given at the other comes to no inbox', async (t) => {
  const { from, to } = await modulesFor('Checking');
  const { key } = await createKey(here, { scope: 'module', module: from });
  const { use } = await connectMcp(t, { url: here.url, key });
  const { messageId } = await use('send_message', { to, payload: 1 });
  const checking = use('check_reply', { messageId, wait: 30 });
  await there.broker.settle('complete', await there.broker.claimOne(to), { reply: { payload: 42 } });
  const { reply } = await checking;
  assert.equal(reply.payload, 42);
  assert.equal((await here.broker.delivery(reply.id)).state, 'done');
  assert.deepEqual(await there.broker.inbox(from), []);
});

test('a request whose wait at one hub is over finds the reply of the other in the inbox', async () => {
  const { from, to } = await modulesFor('Leaving');
  const { body } = await here.broker.call('POST', '/v1/messages?wait=0', { from, to });
  await there.broker.settle('complete', await there.broker.claimOne(to), { reply: { payload: 'late' } });
  assert.equal((await here.broker.claimOne(from)).message.replyTo, body.id);
});

test('what is registered, subscribed or permitted at one hub is good at the other at once', async () => {
  for (let round = 0; round < 10; round++) {
    const [from, to, channel] = [`At${round}Producer`, `At${round}Worker`, `at-once-${round}`];
    await here.broker.register(from, to);
    const { body } = await here.call('POST', `/v1/modules/${from}/keys`, {});
    const sent = await request(`${there.url}/v1/messages`, { method: 'POST', key: body.key, body: { to } });
    assert.equal(sent.status, 201, JSON.stringify(sent.body));
    await here.broker.subscribe(channel, to);
    await there.broker.send({ from, channel });
    assert.equal((await here.broker.claim(to, { max: 10, channels: [channel] })).length, 1);
    await here.broker.call('DELETE', `/v1/channels/${channel}/subscriptions/${to}`);
  }
});

test('a key that is revoked at one hub is soon good nowhere', async () => {
  const { body } = await here.call('POST', '/v1/keys', { scope: 'observer', label: 'short' });
  const status = async (): Promise<number> =>
    (await request(`${there.url}/v1/modules`, { method: 'GET', key: body.key })).status;
  assert.equal(await status(), 200);
  await here.call('DELETE', `/v1/keys/${body.id}`);
  await eventually(async () => (await status()) === 401);
});

test('streams of both hubs hold all events of both, in one order, and a cursor of one goes on at the other', async (t) => {
  const { from, to } = await modulesFor('Streaming');
  const filter = `types=message.sent&module=${to}&after=0`;
  const streams = await Promise.all(
    [here, there].map((hub) => openEventStream(t, `${hub.url}/v1/events?${filter}`, { key: hub.key })),
  );
  const sends = Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? here : there).broker.send({ from, to }));
  const ids = (await Promise.all(sends)).map(({ id }) => id);
  const [seen, seenThere] = await Promise.all(streams.map((stream) => stream.take(30)));
  assert.deepEqual(seen, seenThere);
  assert.deepEqual(seen?.map(({ subject }) => subject.messageId).sort(), ids.sort());
  const seqs = seen?.map(({ seq }) => seq) ?? [];
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  );
  const rest = `${there.url}/v1/events?types=message.sent&module=${to}&after=${seqs[9]}`;
  const { body } = await request(rest, { method: 'GET', key: there.key });
  assert.deepEqual(
    body.items.map(({ seq }: { seq: number }) => seq),
    seqs.slice(10),
  );
});

test('claims at both hubs at once take every delivery once, and of an ordering key one at a time in order', async () => {
  const { from, to } = await modulesFor('Racing');
  const messages = Array.from({ length: 60 }, (_, n) => ({ from, to, payload: { n } }));
  await here.broker.sendEach(messages);
  const claims = await Promise.all(
    Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? here : there).broker.claim(to, { max: 5 })),
  );
  assert.deepEqual(
    numbersOf(claims.flat()).sort((a, b) => a - b),
    messages.map(({ payload }) => payload.n),
  );
  const { from: sender, to: receiver } = await modulesFor('InOrder');
  await here.broker.sendEach([1, 2, 3].map((n) => ({ from: sender, to: receiver, orderingKey: 'k', payload: { n } })));
  const order: number[] = [];
  while (order.length < 3) {
    const [a, b] = await Promise.all([here, there].map(({ broker }) => broker.claim(receiver, { max: 9 })));
    const out = [...(a ?? []), ...(b ?? [])];
    assert.equal(out.length, 1);
    order.push(...numbersOf(out));
    await there.broker.settle('complete', out[0]!);
  }
  assert.deepEqual(order, [1, 2, 3]);
});

test('one idempotency key, used at both hubs at once, sends one message and gets one answer', async () => {
  const { from, to } = await modulesFor('Once');
  const { body: made } = await here.call('POST', `/v1/modules/${from}/keys`, {});
  const send = (url: string) =>
    request(`${url}/v1/messages`, {
      method: 'POST',
      key: made.key,
      body: { to, payload: { n: 1 } },
      headers: { 'idempotency-key': 'the-same' },
    });
  const answers = await Promise.all([here, there, here, there].map(({ url }) => send(url)));
  assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size, 1);
  assert.equal((await here.broker.inbox(to)).length, 1);
});

test('both hubs count the same deliveries in every queue', async () => {
  const { from, to } = await modulesFor('Counting');
  await here.broker.sendEach([1, 2, 3, 4, 5].map((n) => ({ from, to, payload: { n } })));
  const [one, two, three] = await there.broker.claim(to, { max: 3 });
  await here.broker.settle('complete', one!);
  await there.broker.settle('fail', two!, { retryable: false });
  await here.broker.settle('release', three!);
  const health = (hub: typeof here) => hub.call('GET', `/v1/modules/${to}/health`);
  const isSame = async (hub: typeof here): Promise<boolean> => {
    const { pending, leased, dead, processed, errors } = (await health(hub)).body;
    return [pending, leased, dead, processed, errors].join() === '3,0,1,1,1';
  };
  for (const hub of [here, there]) await eventually(() => isSame(hub));
});

test('a delayed message is ready in time although the hub that took it has stopped', async (t) => {
  const url = await clusterDatabase(t);
  const [a, b] = [await joinCluster(t, url), await joinCluster(t, url)];
  await a.broker.register('Producer', 'Worker');
  await a.broker.send({ delaySeconds: 0.5, payload: { n: 7 } });
  await a.stop();
  assert.deepEqual(numbersOf(await b.broker.claim('Worker', { waitSeconds: 60 })), [7]);
});

test('a consume at one hub goes on when another hub stops, and a new one can begin', async (t) => {
  const url = await clusterDatabase(t);
  const [a, b] = [await joinCluster(t, url), await joinCluster(t, url)];
  await b.broker.register('Producer', 'Worker', 'Later');
  const client = await openStream(t, b);
  await client.ask('subscribe', { filter: { types: ['hub.stopping'] } });
  await client.ask('consume', { module: 'Worker' });
  await a.stop();
  await client.next(({ op }) => op === 'event');
  await client.ask('consume', { module: 'Later' });
  for (const [n, to] of ['Worker', 'Later'].entries()) {
    await b.broker.send({ to, payload: { n } });
    assert.equal((await client.delivery()).message.payload.n, n);
  }
});
