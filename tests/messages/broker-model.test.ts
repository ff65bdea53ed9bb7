import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBench } from '../support/broker-bench.js';
import { BrokerModel } from '../support/broker-model.js';
import { steps } from '../support/broker-steps.js';
import { compare, compareMessages, prepare, take, type World } from '../support/broker-world.js';
import { makeFolder } from '../support/test-hub.js';

/** A longer search by hand: `BROKER_MODEL_RUNS=1000`. */
const RUNS = Number(process.env.BROKER_MODEL_RUNS ?? 60);
const MOST_STEPS = 60;
/** Runs that would begin later are left out: on a busy machine. */
const LATEST_RUN_MS = RUNS > 60 ? Number.POSITIVE_INFINITY : 6000;

test('whatever is done in whatever order, the hub does what the model says', async (t) => {
  const root = await makeFolder(t);
  const until = performance.now() + LATEST_RUN_MS;
  const property = fc.asyncProperty(steps(MOST_STEPS), async (sequence) => {
    if (performance.now() > until) return;
    const bench = await createBench(await mkdtemp(join(root, 'run-')));
    const world: World = { bench, model: new BrokerModel(bench.clock.now()), leases: [] };
    try {
      await prepare(world);
      for (const step of sequence) {
        await take(world, step);
        await compare(world);
      }
      await compareMessages(world);
    } finally {
      await bench.close();
    }
  });
  // Where it fails, the message holds the seed and the shortest sequence that was found.
  await fc.assert(property, { numRuns: RUNS });
});
