import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import type { Periodic } from '../../src/lib/periodic.js';
import type { Sweep } from '../../src/sweeps/sweep.js';
import { startSweeps } from '../../src/sweeps/sweeper.js';
import { FakeClock } from '../support/test-hub.js';

const startSweep = (t: TestContext, runOnce: Sweep['runOnce'], lines: string[] = []): Periodic => {
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const [periodic] = startSweeps([{ name: 'sweep', everyMs: 1, runOnce }], { clock: new FakeClock(42), logger });
  t.after(() => periodic?.stop());
  return periodic!;
};

test('a round does one step after the other until one finds nothing, with the time of the clock', async (t) => {
  const found = [500, 500, 3, 0];
  const times: number[] = [];
  let isOver = (): void => {};
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  startSweep(t, async (now) => {
    times.push(now);
    const step = found.shift() ?? 0;
    if (step === 0) isOver();
    return step;
  });
  await over;
  assert.deepEqual(times, [42, 42, 42, 42]);
});

test('others have their turn between two steps', async (t) => {
  const order: string[] = [];
  let steps = 0;
  await new Promise<void>((resolve) => {
    startSweep(t, async () => {
      if (steps === 3) resolve();
      if (steps >= 3) return 0;
      order.push(`step ${++steps}`);
      setImmediate(() => order.push('others'));
      return 1;
    });
  });
  assert.deepEqual(order, ['step 1', 'others', 'step 2', 'others', 'step 3', 'others']);
});

test('a sweep that fails is logged by its name, and runs again', async (t) => {
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    let runs = 0;
    const runOnce = async (): Promise<number> => {
      if (++runs === 1) throw new Error('no room');
      resolve();
      return 0;
    };
    startSweep(t, runOnce, lines);
  });
  const [{ sweep, err }] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([lines.length, sweep, err.message], [1, 'sweep', 'no room']);
});

test('a sweep with much to do stops after the step under way', async (t) => {
  let [begun, ended] = [0, 0];
  let periodic: Periodic | undefined;
  const stopping = new Promise<void>((resolve) => {
    periodic = startSweep(t, async () => {
      begun++;
      if (begun === 2) setImmediate(() => resolve(periodic?.stop()));
      await new Promise((done) => setImmediate(() => setImmediate(done)));
      ended++;
      return 1000;
    });
  });
  await stopping;
  assert.deepEqual([begun, ended], [2, 2]);
});
