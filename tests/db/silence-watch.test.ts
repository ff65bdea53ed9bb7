import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch } from '../../src/db/postgres/silence-watch.js';
import { eventually } from '../support/eventually.js';

const LIMIT_MS = 30;

const standStill = (forMs: number): void => {
  const until = performance.now() + forMs;
  while (performance.now() < until);
};

test('a watch that was stopped and started while this process stood still is silent when it is stopped again', async () => {
  let told = 0;
  const watch = new SilenceWatch(LIMIT_MS, () => told++);
  watch.start();
  // When its time is over it looks once more after what has come meanwhile: that is when it is stopped.
  await new Promise<void>((resolve) => {
    setTimeout(resolve, LIMIT_MS + 1);
    standStill(2 * LIMIT_MS);
  });
  watch.stop();
  watch.start();
  await new Promise(setImmediate);
  standStill(LIMIT_MS / 2);
  watch.heard();
  watch.stop();
  const stoppedAt = performance.now();
  await eventually(() => performance.now() - stoppedAt > 5 * LIMIT_MS);
  assert.equal(told, 0);
});
