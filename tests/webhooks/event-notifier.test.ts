import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILURES_TO_OPEN, OPEN_MS } from '../../src/webhooks/breaker-state.js';
import { WebhookRetentionService } from '../../src/webhooks/webhook-retention-service.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/test-hub.js';
import { openNotifier } from './notifier-scene.js';
import { answerWith, startReceiver } from './receiver.js';

const quick = { firstMs: 1, maxMs: 2 };
const page = { below: undefined, limit: 100 };

test('a webhook that fails too often in a row is paused, with the last failure, and resumed it has as many again', async (t) => {
  let status = 500;
  const receiver = await startReceiver(t, (received) => answerWith(status)(received));
  const { webhooks, write } = await openNotifier(t, { failuresToPause: 3, backoff: quick });
  const { id } = await webhooks.create({ url: receiver.url, filter: { types: ['message.sent'] } });
  await write(1);
  await eventually(async () => (await webhooks.get(id)).state === 'paused');
  const { reason, failures } = await webhooks.get(id);
  assert.deepEqual([reason, failures, receiver.received.length], ['failing', 3, 3]);
  status = 200;
  await webhooks.resume(id);
  await eventually(async () => (await webhooks.log(id, page)).items[0]?.outcome === 'delivered');
  assert.deepEqual(
    (await webhooks.log(id, page)).items.map(({ outcome, attempt }) => [outcome, attempt]),
    [
      ['delivered', 1],
      ['failed', 3],
      ['failed', 2],
      ['failed', 1],
    ],
  );
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
});

test('while the breaker of its endpoint is open nothing is posted and no attempt is spent', async (t) => {
  let status = 500;
  const clock = new FakeClock();
  const receiver = await startReceiver(t, (received) => answerWith(status)(received));
  const { webhooks, write } = await openNotifier(t, { failuresToPause: 50, backoff: quick }, clock);
  const { id } = await webhooks.create({ url: receiver.url, filter: { types: ['message.sent'] } });
  await write(1);
  await eventually(async () => (await webhooks.get(id)).failures === FAILURES_TO_OPEN);
  status = 200;
  clock.advance(OPEN_MS);
  await eventually(async () => (await webhooks.get(id)).failures === 0);
  assert.equal(receiver.received.length, FAILURES_TO_OPEN + 1);
});

test('two webhooks each get all that fit, each once and in order, while a thousand events come', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const { webhooks, write } = await openNotifier(t, { failuresToPause: 3, backoff: quick });
  const all = await webhooks.create({ url: `${receiver.url}/all`, filter: { types: ['message.sent', 'turn.output'] } });
  const some = await webhooks.create({ url: `${receiver.url}/some`, filter: { types: ['turn.output'] } });
  for (let n = 0; n < 20; n++) {
    await write(49);
    await write(1, 'turn.output');
  }
  const seqsOf = ({ id }: { id: string }): number[] =>
    receiver.received
      .filter(({ body }) => body.webhook === id)
      .flatMap(({ body }) => body.events.map(({ seq }: { seq: number }) => seq));
  await eventually(() => seqsOf(all).length >= 1000 && seqsOf(some).length >= 20);
  for (const [webhook, count] of [
    [all, 1000],
    [some, 20],
  ] as const) {
    const seqs = seqsOf(webhook);
    assert.equal(new Set(seqs).size, count);
    assert.deepEqual(
      seqs,
      [...seqs].sort((a, b) => a - b),
    );
  }
  const posts = receiver.received.filter(({ body }) => body.webhook === all.id);
  assert.ok(posts.every(({ body }) => body.events.length <= 100));
});

test('there are at most a hundred', async (t) => {
  const { webhooks } = await openNotifier(t, { failuresToPause: 3, backoff: quick });
  for (let n = 0; n < 100; n++) await webhooks.create({ url: 'http://127.0.0.1:9/' });
  await assert.rejects(webhooks.create({ url: 'http://127.0.0.1:9/' }), { code: 'conflict' });
});

test('of the log the newest thousand are kept, as long as events are', async (t) => {
  const clock = new FakeClock();
  const receiver = await startReceiver(t, answerWith(500));
  const { webhooks, write, database } = await openNotifier(t, { failuresToPause: 4, backoff: quick }, clock);
  const { id } = await webhooks.create({ url: receiver.url, filter: { types: ['message.sent'] } });
  await write(1);
  await eventually(async () => (await webhooks.get(id)).state === 'paused');
  const keep = (keepOfEach: number) => new WebhookRetentionService({ database, keepEventsMs: 1000, keepOfEach });
  assert.equal(await keep(4).prune(clock.now()), 0);
  assert.equal(await keep(3).prune(clock.now()), 1);
  assert.deepEqual(
    (await webhooks.log(id, page)).items.map(({ attempt }) => attempt),
    [4, 3, 2],
  );
  assert.equal(await keep(3).prune(clock.now() + 1001), 3);
});
