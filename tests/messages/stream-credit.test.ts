import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { holding, openStream, register, type ServerFrame, send } from '../support/stream-client.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

const error = { code: 'broken', message: 'It broke.' };

/** What a holder may do with one of those it holds: settle it, or nothing yet. */
const verbs = ['complete', 'fail', 'release', 'extend'] as const;
const action = fc.record({ which: fc.nat(), verb: fc.constantFrom(...verbs), isBatch: fc.boolean() });

const fieldsOf = {
  complete: {},
  fail: { error, delaySeconds: 0 },
  release: {},
  extend: { leaseSeconds: 60 },
} as const;

interface Run {
  readonly prefetch: number;
  readonly messages: number;
  readonly actions: readonly { which: number; verb: (typeof verbs)[number]; isBatch: boolean }[];
}

const run = async (t: TestContext, hub: TestHub, { prefetch, messages, actions }: Run): Promise<void> => {
  const client = await openStream(t, hub);
  const held: ServerFrame[] = [];
  const done = new Set<string>();
  client.socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    if (frame.op !== 'delivery') return;
    held.push(frame);
    assert.ok(held.length <= prefetch, `${held.length} are out, of at most ${prefetch}`);
  });
  const settle = async (which: number, verb: (typeof verbs)[number], isBatch = false) => {
    // It does not settle what another one waits for.
    if (held.length === 0 && verb === 'extend') return;
    while (held.length === 0) await client.delivery();
    const index = which % held.length;
    const frame = held[index]!;
    if (verb !== 'extend') held.splice(index, 1);
    if (verb === 'complete') done.add(frame.message.id);
    const item = { ...holding(frame), ...fieldsOf[verb] };
    await client.ask(verb, isBatch ? { items: [item] } : item);
  };
  const sent = await hub.call(
    'POST',
    '/v1/messages',
    Array.from({ length: messages }, () => ({ from: 'Producer', to: 'Worker', maxAttempts: 100 })),
  );
  await client.ask('consume', { id: 'c', module: 'Worker', prefetch });
  // Several at once: the hub hears of one while it does another.
  for (let next = 0; next < actions.length && done.size < messages; next += 3) {
    const some = actions.slice(next, next + 3).slice(0, messages - done.size);
    await Promise.all(some.map(({ which, verb, isBatch }) => settle(which, verb, isBatch)));
  }
  while (done.size < messages) await settle(0, 'complete');
  assert.deepEqual(done, new Set(sent.body.items.map(({ id }: ServerFrame) => id)));
  assert.deepEqual(await client.ask('unsubscribe', { id: 'c' }), { open: 0 });
  await client.close();
};

test('whatever a holder does in whatever order, no more than the prefetch is out, and in the end everything was', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const runs = fc.record({
    prefetch: fc.integer({ min: 1, max: 8 }),
    messages: fc.integer({ min: 1, max: 20 }),
    actions: fc.array(action, { maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(runs, (each) => run(t, hub, each)),
    { numRuns: 40, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true, endOnFailure: true },
  );
  assert.deepEqual(hub.errors, []);
});

test('credit that lease ends and cancels gave back is given once only', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker', prefetch: 2 });
  for (let n = 0; n < 6; n++) await send(hub, { payload: { n } });
  const [first, second] = await client.deliveries(2);
  await hub.call('POST', `/v1/messages/${first!.message.id}/cancel`);
  await client.delivery();
  // The client does not know yet, and tries.
  await assert.rejects(client.ask('complete', holding(first!)), { code: 'delivery_final' });
  await assert.rejects(client.ask('release', holding(first!)), { code: 'delivery_final' });
  await client.ask('complete', holding(second!));
  await client.delivery();
  const { body } = await hub.call('GET', '/v1/modules/Worker/inbox');
  assert.equal(body.items.length, 2);
});
