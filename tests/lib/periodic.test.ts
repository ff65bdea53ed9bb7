import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPeriodic } from '../../src/lib/periodic.js';

const EVERY_MS = 1000;
const noError = (error: unknown): void => assert.fail(`unexpected: ${error}`);

/** Lets promises that are settled run what waits for them. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('rounds follow each other with the pause between them, the first after one pause', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let rounds = 0;
  const count = async (): Promise<void> => {
    rounds += 1;
  };
  const periodic = startPeriodic(EVERY_MS, count, noError);
  const seen: number[] = [];
  for (const ms of [EVERY_MS - 1, 1, EVERY_MS, EVERY_MS]) {
    t.mock.timers.tick(ms);
    await settled();
    seen.push(rounds);
  }
  assert.deepEqual(seen, [0, 1, 2, 3]);
  await periodic.stop();
});

test('a round that takes long is not run beside itself', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const ends: (() => void)[] = [];
  const periodic = startPeriodic(EVERY_MS, () => new Promise((resolve) => ends.push(resolve)), noError);
  t.mock.timers.tick(5 * EVERY_MS);
  await settled();
  assert.equal(ends.length, 1);
  ends[0]?.();
  await settled();
  t.mock.timers.tick(EVERY_MS);
  assert.equal(ends.length, 2);
  ends[1]?.();
  await periodic.stop();
});

test('a round that throws is reported, and the next one comes all the same', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const errors: unknown[] = [];
  const fail = async (): Promise<void> => {
    throw new Error(`round ${errors.length + 1}`);
  };
  const periodic = startPeriodic(EVERY_MS, fail, (error) => errors.push(error));
  for (let round = 0; round < 2; round++) {
    t.mock.timers.tick(EVERY_MS);
    await settled();
  }
  await periodic.stop();
  assert.deepEqual(errors.map(String), ['Error: round 1', 'Error: round 2']);
});

test('stop waits for the round under way, and no round comes after it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const said: string[] = [];
  let end = (): void => undefined;
  const round = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    said.push('round over');
  };
  const periodic = startPeriodic(EVERY_MS, round, noError);
  t.mock.timers.tick(EVERY_MS);
  const stopped = Promise.all([periodic.stop(), periodic.stop()]).then(() => said.push('stopped'));
  end();
  await stopped;
  t.mock.timers.tick(10 * EVERY_MS);
  await settled();
  assert.deepEqual(said, ['round over', 'stopped']);
});

test('stop before the first round: there never is one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const periodic = startPeriodic(EVERY_MS, () => assert.fail('a round came'), noError);
  await periodic.stop();
  t.mock.timers.tick(10 * EVERY_MS);
});
