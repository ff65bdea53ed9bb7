import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BrokerBench } from './broker-bench.js';
import { type AnyJson, failure, type Holding } from './broker-client.js';
import type { BrokerModel, ModelDelivery } from './broker-model.js';

export const WORKERS = ['Worker', 'Helper'] as const;
const CHANNEL = 'jobs';

/** A hub and the model that it must agree with. */
export interface World {
  readonly bench: BrokerBench;
  readonly model: BrokerModel;
  /** Every lease that was ever given, and may be shown again. */
  readonly leases: Holding[];
}

type Step =
  | {
      do: 'send';
      to: 'Worker' | 'Helper' | 'jobs';
      priority: number;
      orderingKey: string | undefined;
      ttlSeconds: number | undefined;
      delaySeconds: number | undefined;
      maxAttempts: number;
    }
  | { do: 'claim'; by: (typeof WORKERS)[number]; max: number; leaseSeconds: number }
  | { do: 'complete'; lease: number }
  | { do: 'fail'; lease: number; retryable: boolean; delaySeconds: number | undefined }
  | { do: 'extend'; lease: number; leaseSeconds: number }
  | { do: 'release'; lease: number; delaySeconds: number | undefined }
  | { do: 'cancel'; delivery: number }
  | { do: 'redrive'; delivery: number }
  | { do: 'passTime'; seconds: number }
  | { do: 'restart' };

const seldom = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
const delaySeconds = seldom(0, 3, 20);
const leaseSeconds = fc.constantFrom(5, 30, 120);
/** The newest is 0. */
const lease = fc.nat({ max: 8 });
const delivery = fc.nat({ max: 30 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      to: fc.constantFrom('Worker' as const, 'Helper' as const, 'jobs' as const),
      priority: fc.constantFrom(1, 5, 10),
      orderingKey: seldom('k', 'l'),
      ttlSeconds: seldom(4, 25, 60),
      delaySeconds,
      maxAttempts: fc.constantFrom(1, 2, 3),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      by: fc.constantFrom(...WORKERS),
      max: fc.constantFrom(1, 2, 5),
      leaseSeconds,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('complete' as const), lease }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      lease,
      retryable: fc.boolean(),
      delaySeconds,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), lease, leaseSeconds }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), lease, delaySeconds }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), delivery }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('redrive' as const), delivery }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('passTime' as const), seconds: fc.constantFrom(1, 5, 21, 130) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 1, maxLength, size: 'max' });

/** Does the step to both, and holds the hub's answer against what the model expects. */
const perform: { [D in Step['do']]: (world: World, step: Extract<Step, { do: D }>) => Promise<unknown> } = {
  send: async ({ bench, model }, { do: _, to, ...message }) => {
    const target = to === CHANNEL ? { channel: CHANNEL } : { to };
    const { id, deliveries } = await bench.send({ ...target, ...message });
    const { priority, orderingKey: key, maxAttempts, ttlSeconds, delaySeconds: delay = 0 } = message;
    model.send({
      id: keyOf(deliveries[0].id),
      messageId: id,
      queue: to === CHANNEL ? `#${CHANNEL}` : to,
      priority,
      key,
      maxAttempts,
      expiresAt: ttlSeconds === undefined ? undefined : model.now + ttlSeconds * 1000,
      availableAt: model.now + delay * 1000,
    });
  },

  claim: async ({ bench, model, leases }, { by, max, leaseSeconds: seconds }) => {
    const expected = model.line(queuesOf(by)).slice(0, max);
    const claimed = await bench.claim(by, { max, leaseSeconds: seconds });
    assert.deepEqual(
      claimed.map(({ delivery: { id, attempt } }) => ({ id: keyOf(id), attempt })),
      expected.map(({ id, attempt }) => ({ id, attempt: attempt + 1 })),
    );
    for (const [index, { delivery: given }] of claimed.entries()) {
      leases.unshift(given);
      model.claim(expected[index]!, given.lease, model.now + seconds * 1000);
    }
  },

  complete: (world, { lease: pick }) => asHolder(world, 'complete', { pick }, (held) => world.model.end(held, 'done')),

  fail: (world, { lease: pick, retryable, delaySeconds: delay }) =>
    asHolder(
      world,
      'fail',
      { pick, rest: { retryable, error: failure, ...(delay === undefined ? {} : { delaySeconds: delay }) } },
      (held) =>
        world.model.fail(held, retryable, delay === undefined ? drawn(world) : () => world.model.now + delay * 1000),
    ),

  extend: (world, { lease: pick, leaseSeconds: seconds }) =>
    asHolder(world, 'extend', { pick, rest: { leaseSeconds: seconds } }, (held) =>
      world.model.extend(held, world.model.now + seconds * 1000),
    ),

  release: (world, { lease: pick, delaySeconds: delay = 0 }) =>
    asHolder(world, 'release', { pick, rest: { delaySeconds: delay } }, (held) =>
      world.model.release(held, world.model.now + delay * 1000),
    ),

  cancel: async ({ bench, model }, { delivery: pick }) => {
    const picked = pickOf(model.deliveries, pick);
    if (picked === undefined) return;
    assert.equal(await bench.cancel(picked.messageId), model.isOpen(picked) ? 1 : 0);
    if (model.isOpen(picked)) model.end(picked, 'cancelled');
  },

  redrive: async ({ bench, model }, { delivery: pick }) => {
    const picked =
      pickOf(
        model.deliveries.filter(({ state }) => state === 'dead'),
        pick,
      ) ?? pickOf(model.deliveries, pick);
    if (picked === undefined) return;
    const { redriven } = await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [`dlv_${picked.id}`] });
    assert.equal(redriven, picked.state === 'dead' ? 1 : 0);
    if (picked.state === 'dead') model.redrive(picked);
  },

  passTime: async (world, { seconds }) => {
    await world.bench.passTime(seconds * 1000);
    world.model.passTime(seconds * 1000, drawn(world));
  },

  restart: ({ bench }) => bench.restart(),
};

export const take = async (world: World, next: Step): Promise<void> => {
  await (perform[next.do] as (world: World, step: Step) => Promise<unknown>)(world, next);
};

const asHolder = async (
  { bench, model, leases }: World,
  verb: 'complete' | 'fail' | 'extend' | 'release',
  { pick, rest }: { pick: number; rest?: object },
  move: (held: ModelDelivery) => void,
): Promise<void> => {
  const holding = pickOf(leases, pick);
  if (holding === undefined) return;
  const held = model.deliveries.find(({ id }) => id === keyOf(holding.id))!;
  const refusal = model.refusal(held, holding.lease);
  const { status, body } = await bench.apply(verb, holding, rest);
  assert.deepEqual([status, body.code], refusal === undefined ? [200, undefined] : [409, refusal]);
  if (refusal !== undefined) return;
  move(held);
  assert.equal(body.state, held.state);
};

/** The instant that the hub drew for the next attempt, if it lies within the bounds of the backoff. */
const drawn =
  ({ bench, model }: World) =>
  ({ id, attempt }: ModelDelivery): number => {
    const [row] = bench.rows('select available_at from deliveries where id = ?', id);
    const availableAt = Number(row?.available_at);
    const spanMs = 1000 * 2 ** (attempt - 1);
    const pauseMs = availableAt - model.now;
    assert.ok(pauseMs >= spanMs / 2 && pauseMs <= spanMs, `a pause of ${pauseMs} ms after attempt ${attempt}`);
    return availableAt;
  };

/** Everything that can be seen of the hub is as the model has it. */
export const compare = async ({ bench, model }: World): Promise<void> => {
  const rows = bench.rows(
    'select id, state, attempt, available_at, lease, lease_expires_at from deliveries order by id',
  );
  assert.deepEqual(rows, model.deliveries.map(rowOf));
  const { messages } = await bench.expect(200, 'GET', '/v1/stats');
  assert.deepEqual(messages, countsOf(model));
  for (const name of WORKERS) {
    const { pending, leased, dead } = await bench.expect(200, 'GET', `/v1/modules/${name}/health`);
    assert.deepEqual({ pending, leased, dead }, countsOf(model, name));
    const inbox = (await bench.inbox(name)).map(({ delivery: { id } }) => keyOf(id));
    assert.deepEqual(
      inbox,
      model.line(queuesOf(name)).map(({ id }) => id),
    );
  }
  const [channel] = (await bench.expect(200, 'GET', '/v1/channels')).items;
  const { pending, leased } = countsOf(model, `#${CHANNEL}`);
  assert.deepEqual([channel.depth, channel.leased], [pending, leased]);
};

/** The same for each message by itself. */
export const compareMessages = async ({ bench, model }: World): Promise<void> => {
  for (const { messageId, state, attempt, availableAt } of model.deliveries) {
    const seen: AnyJson = await bench.delivery(messageId);
    assert.deepEqual([seen.state, seen.attempt], [state, attempt]);
    if (state === 'pending') assert.equal(Date.parse(seen.availableAt), availableAt);
  }
};

export const prepare = async ({ bench }: World): Promise<void> => {
  await bench.register(...WORKERS);
  await bench.subscribe(CHANNEL, ...WORKERS);
};

const rowOf = ({ id, state, attempt, availableAt, lease: held }: ModelDelivery) => ({
  id,
  state,
  attempt,
  available_at: availableAt,
  lease: held?.token ?? null,
  lease_expires_at: held?.until ?? null,
});

const countsOf = (model: BrokerModel, queue?: string) => ({
  pending: model.count('pending', queue),
  leased: model.count('leased', queue),
  dead: model.count('dead', queue),
});

const queuesOf = (module: string): readonly string[] => [module, `#${CHANNEL}`];
const keyOf = (publicId: string): number => Number(publicId.split('_')[1]);
const pickOf = <T>(from: readonly T[], pick: number): T | undefined => from[pick % from.length];
