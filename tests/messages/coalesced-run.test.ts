import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoalescedRun } from '../../src/messages/coalesced-run.js';

/** A piece of work that each time ends when the test says so. */
const startRun = () => {
  const ends: (() => void)[] = [];
  const run = new CoalescedRun(
    () =>
      new Promise((resolve) => {
        ends.push(resolve);
      }),
  );
  return { run, ends };
};

const turn = () => new Promise(setImmediate);

test('work that is asked for is done at once, and once at a time', async () => {
  const { run, ends } = startRun();
  run.ask();
  run.ask();
  await turn();
  assert.equal(ends.length, 1);
});

test('work that is asked for while it is under way is done once more, however often it was asked', async () => {
  const { run, ends } = startRun();
  for (let count = 0; count < 3; count++) run.ask();
  ends[0]?.();
  await turn();
  assert.equal(ends.length, 2);
  ends[1]?.();
  await turn();
  assert.equal(ends.length, 2);
});

test('it has settled when nothing is under way and nothing asked for', async () => {
  const { run, ends } = startRun();
  await run.settled();
  run.ask();
  run.ask();
  let isSettled = false;
  const settled = run.settled().then(() => {
    isSettled = true;
  });
  ends[0]?.();
  await turn();
  assert.equal(isSettled, false);
  ends[1]?.();
  await settled;
});
