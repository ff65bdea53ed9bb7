import assert from 'node:assert/strict';
import type { BrokerBench } from './broker-bench.js';
import { failure, type HolderVerb, type Holding } from './broker-client.js';
import type { BrokerModel, ModelDelivery } from './broker-model.js';
import { CHANNEL, type Step, WORKERS } from './broker-steps.js';

/** A hub and the model that it must agree with. */
export interface World {
  readonly bench: BrokerBench;
  readonly model: BrokerModel;
  /** Every lease that was ever given, newest first: any may be shown again. */
  readonly leases: Holding[];
}

/** Does the step to both, and holds the hub's answer against what the model expects. */
const perform: { [D in Step['do']]: (world: World, step: Extract<Step, { readonly do: D }>) => Promise<unknown> } = {
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
      async (held) =>
        world.model.fail(
          held,
          retryable,
          delay === undefined ? await drawn(world) : () => world.model.now + delay * 1000,
        ),
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
    const open = model.deliveries.filter((each) => model.isOpen(each));
    const picked = pickOf(open, pick) ?? pickOf(model.deliveries, pick);
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

  passTime: async (world, { seconds, swept }) => {
    world.model.now += seconds * 1000;
    if (!swept) return await world.bench.passTimeUnswept(seconds * 1000);
    await world.bench.passTime(seconds * 1000);
    world.model.sweep(await drawn(world));
  },

  restart: ({ bench }) => bench.restart(),
};

export const take = async (world: World, next: Step): Promise<void> => {
  await (perform[next.do] as (world: World, step: Step) => Promise<unknown>)(world, next);
};

const asHolder = async (
  { bench, model, leases }: World,
  verb: HolderVerb,
  { pick, rest }: { pick: number; rest?: object },
  move: (held: ModelDelivery) => void | Promise<void>,
): Promise<void> => {
  const holding = pickOf(leases, pick);
  if (holding === undefined) return;
  const held = model.deliveries.find(({ id }) => id === keyOf(holding.id))!;
  const refusal = model.refusal(held, holding.lease);
  const { status, body } = await bench.apply(verb, holding, rest);
  assert.deepEqual([status, body.code], refusal === undefined ? [200, undefined] : [409, refusal]);
  if (refusal !== undefined) return;
  await move(held);
  assert.equal(body.state, held.state);
};

/** The instants that the hub drew for next attempts, if they lie within the bounds of the backoff. */
const drawn = async ({ bench, model }: World): Promise<(delivery: ModelDelivery) => number> => {
  const rows = await bench.rows('select id, available_at from deliveries');
  const availableAt = new Map(rows.map((row) => [row.id, Number(row.available_at)]));
  return ({ id, attempt }) => {
    const at = availableAt.get(id) ?? Number.NaN;
    const spanMs = 1000 * 2 ** (attempt - 1);
    const pauseMs = at - model.now;
    assert.ok(pauseMs >= spanMs / 2 && pauseMs <= spanMs, `a pause of ${pauseMs} ms after attempt ${attempt}`);
    return at;
  };
};

/** Everything that can be seen of the hub is as the model has it. */
export const compare = async ({ bench, model }: World): Promise<void> => {
  const rows = await bench.rows(
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
    const seen = await bench.delivery(messageId);
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
