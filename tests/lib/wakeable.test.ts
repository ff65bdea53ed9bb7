import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { Wakeable } from '../../src/lib/wakeable.js';

const LONG_MS = 60_000;
const never = new AbortController().signal;

test('a wake-up before the wait is not lost', async () => {
  const sleeper = new Wakeable();
  sleeper.wake();
  await sleeper.wait(LONG_MS, never);
  assert.equal(sleeper.take(), true);
});

test('a wake-up in the wait ends it', async () => {
  const sleeper = new Wakeable();
  const waiting = sleeper.wait(LONG_MS, never);
  sleeper.wake();
  await waiting;
  assert.equal(sleeper.take(), true);
});

test('a wake-up counts once: what was taken is gone', async () => {
  const sleeper = new Wakeable();
  sleeper.wake();
  sleeper.wake();
  assert.deepEqual([sleeper.take(), sleeper.take()], [true, false]);
  const waiting = sleeper.wait(LONG_MS, never);
  sleeper.wake();
  await waiting;
});

test('the time is over without a wake-up, and nothing is there to take', async () => {
  const sleeper = new Wakeable();
  await sleeper.wait(1, never);
  assert.equal(sleeper.take(), false);
});

test('a time that is over already does not wait', async () => {
  const sleeper = new Wakeable();
  await sleeper.wait(-5, never);
  assert.equal(sleeper.take(), false);
});

test('the signal ends the wait, before it and in it, and keeps no listener', async () => {
  const sleeper = new Wakeable();
  const controller = new AbortController();
  const waiting = sleeper.wait(LONG_MS, controller.signal);
  controller.abort();
  await waiting;
  await sleeper.wait(LONG_MS, controller.signal);
  assert.equal(sleeper.take(), false);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

test('a wait that was woken leaves no listener and no timer behind', async () => {
  const sleeper = new Wakeable();
  const { signal } = new AbortController();
  const timersBefore = openTimers();
  const waiting = sleeper.wait(LONG_MS, signal);
  assert.equal(openTimers(), timersBefore + 1);
  sleeper.wake();
  await waiting;
  assert.deepEqual([getEventListeners(signal, 'abort').length, openTimers()], [0, timersBefore]);
});

const openTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
