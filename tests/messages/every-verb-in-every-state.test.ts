import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import type { Holding } from '../support/broker-client.js';

/** A delivery in a situation, with the token that somebody may show for it. */
interface Placed extends Holding {
  readonly messageId: string;
  readonly module: string;
}

const LEASE_MS = 60_000;

const situations: Readonly<Record<string, (bench: BrokerBench, module: string) => Promise<Placed>>> = {
  'that waits': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.apply('release', held);
    return held;
  },
  'that is delayed': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.apply('release', held, { delaySeconds: 60 });
    return held;
  },
  'that waits behind another of its ordering key': async (bench, module) => {
    await hold(bench, module, { orderingKey: 'k' });
    const { id, deliveries } = await bench.send({ to: module, orderingKey: 'k' });
    return { id: deliveries[0].id, lease: 'never-given', messageId: id, module };
  },
  'that is leased': (bench, module) => hold(bench, module),
  'that is leased, to who shows a wrong token': async (bench, module) => ({
    ...(await hold(bench, module)),
    lease: 'never-given',
  }),
  'whose lease is over': async (bench, module) => {
    const held = await hold(bench, module);
    bench.clock.advance(LEASE_MS);
    return held;
  },
  'that was rescued and is leased again, to who shows the earlier token': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.passTime(LEASE_MS);
    await bench.passTime(1000);
    assert.notEqual((await bench.claimOne(module)).delivery.lease, held.lease);
    return held;
  },
  'that is done': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.apply('complete', held);
    return held;
  },
  'that is dead': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.apply('fail', held, { retryable: false });
    return held;
  },
  'that has expired': async (bench, module) => {
    const held = await hold(bench, module, { ttlSeconds: 1 });
    await bench.passTime(1000);
    return held;
  },
  'that was cancelled': async (bench, module) => {
    const held = await hold(bench, module);
    await bench.cancel(held.messageId);
    return held;
  },
};

const hold = async (bench: BrokerBench, module: string, message: object = {}): Promise<Placed> => {
  await bench.send({ to: module, ...message });
  const { delivery, message: claimed } = await bench.claimOne(module, { leaseSeconds: LEASE_MS / 1000 });
  return { id: delivery.id, lease: delivery.lease, messageId: claimed.id, module };
};

/** What each verb answers: the status with the code of the problem, or with the state it says, or with `nothing` where it did nothing. */
const verbs: Readonly<Record<string, (bench: BrokerBench, placed: Placed) => Promise<string>>> = {
  complete: (bench, placed) => holderVerb(bench, 'complete', placed),
  fail: (bench, placed) => holderVerb(bench, 'fail', placed),
  extend: (bench, placed) => holderVerb(bench, 'extend', placed),
  release: (bench, placed) => holderVerb(bench, 'release', placed),
  claim: async (bench, { id, module }) =>
    (await bench.claim(module, { max: 500 })).some(({ delivery }) => delivery.id === id) ? '200 leased' : '200 nothing',
  cancel: async (bench, { messageId }) => ((await bench.cancel(messageId)) === 1 ? '200 cancelled' : '200 nothing'),
  redrive: async (bench, { id }) => {
    const { redriven, ids } = await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [id] });
    assert.deepEqual(ids, redriven === 1 ? [id] : []);
    return redriven === 1 ? '200 pending' : '200 nothing';
  },
  'delete as a dead letter': async (bench, { id }) => {
    const { status, body } = await bench.call('DELETE', `/v1/dead-letters/${id}`);
    return `${status} ${status === 204 ? 'gone' : body.code}`;
  },
};

const holderVerb = async (
  bench: BrokerBench,
  verb: 'complete' | 'fail' | 'extend' | 'release',
  placed: Placed,
): Promise<string> => {
  const { status, body } = await bench.apply(verb, placed);
  return `${status} ${body.code ?? body.state}`;
};

const refused = (answer: string) => ({ complete: answer, fail: answer, extend: answer, release: answer });
const open = {
  claim: '200 nothing',
  cancel: '200 cancelled',
  redrive: '200 nothing',
  'delete as a dead letter': '409 state_conflict',
};
const final = { ...refused('409 delivery_final'), ...open, cancel: '200 nothing' };
const withoutLease = { ...refused('409 lease_lost'), ...open };

const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'that waits': { ...withoutLease, claim: '200 leased' },
  'that is delayed': withoutLease,
  'that waits behind another of its ordering key': withoutLease,
  'that is leased': {
    complete: '200 done',
    fail: '200 pending',
    extend: '200 leased',
    release: '200 pending',
    ...open,
  },
  'that is leased, to who shows a wrong token': withoutLease,
  'whose lease is over': withoutLease,
  'that was rescued and is leased again, to who shows the earlier token': withoutLease,
  'that is done': final,
  'that is dead': { ...final, redrive: '200 pending', 'delete as a dead letter': '204 gone' },
  'that has expired': final,
  'that was cancelled': final,
};

/** Everything that is kept about a delivery. */
const kept = async (bench: BrokerBench, { id }: Holding) => {
  const key = Number(id.slice('dlv_'.length));
  return {
    delivery: (await bench.rows('select * from deliveries where id = ?', key))[0],
    attempts: await bench.rows('select * from attempts where delivery_id = ?', key),
    events: (await bench.rows('select max(seq) as last, count(*) as count from events'))[0],
    depths: bench.parts.depths.total(),
  };
};

let bench: BrokerBench;
before(async (t) => {
  bench = await openBench(t as TestContext);
});

let modules = 0;

for (const [situation, place] of Object.entries(situations)) {
  for (const [verb, apply] of Object.entries(verbs)) {
    const answer = expected[situation]![verb]!;
    test(`${verb} a delivery ${situation}: ${answer}`, async () => {
      const module = `Worker${++modules}`;
      await bench.register(module);
      const placed = await place(bench, module);
      const before = await kept(bench, placed);
      assert.equal(await apply(bench, placed), answer);
      const after = await kept(bench, placed);
      const [status, outcome] = answer.split(' ');
      if (status === '409' || outcome === 'nothing') assert.deepEqual(after, before);
      else assert.equal(after.delivery?.state, outcome === 'gone' ? undefined : outcome);
    });
  }
}

for (const verb of ['complete', 'fail', 'extend', 'release'] as const) {
  test(`${verb} a delivery that never was: 404`, async () => {
    for (const id of ['dlv_999999', 'dlv_0', 'msg_1', 'x']) {
      const { status, body } = await bench.apply(verb, { id, lease: 'never-given' });
      assert.deepEqual([status, body.code], [404, 'delivery_not_found']);
    }
  });

  test(`${verb} without a lease, or with a field that is none: 400`, async () => {
    const placed = await hold(bench, 'Worker');
    for (const wrong of [{ lease: undefined }, { lease: '' }, { lease: 7 }, { leese: placed.lease }]) {
      assert.equal((await bench.apply(verb, placed, wrong)).status, 400);
    }
    assert.equal((await bench.delivery(placed.messageId)).state, 'leased');
    await bench.cancel(placed.messageId);
  });
}
