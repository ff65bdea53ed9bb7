import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { newTurn, turnResult } from './test-turn.js';

/** Holds a turn, and remembers what it was told. */
const holder = (interrupt: () => Promise<void>) => {
  const heard: string[] = [];
  return {
    heard,
    interrupt: () => {
      heard.push('interrupt');
      return interrupt();
    },
    stop: async () => void heard.push('stop'),
  };
};
const ends = async (): Promise<void> => {};
const never = (): Promise<void> => new Promise(() => {});

test('a turn that nobody ends has ended by itself', () => {
  assert.equal(newTurn().endedBy(turnResult({ outcome: 'failed', isError: true })), undefined);
});

test('the first reason to end wins', () => {
  const turn = newTurn();
  turn.end('cancelled');
  turn.end('timed_out');
  assert.deepEqual(turn.endedBy(undefined), { kind: 'interrupted', reason: 'cancelled', result: undefined });
});

test('a turn that had succeeded before the interrupt came has succeeded', () => {
  const turn = newTurn();
  turn.end('cancelled');
  assert.equal(turn.endedBy(turnResult()), undefined);
});

test('a turn that took too long is told apart', () => {
  const turn = newTurn();
  turn.end('timed_out');
  assert.equal(turn.endedBy(undefined)?.kind, 'timed_out');
});

test('whoever holds the turn is asked to end it, and is left alone when it does', async () => {
  const [turn, held] = [newTurn(), holder(ends)];
  turn.attach(held);
  turn.end('cancelled');
  await ends();
  assert.deepEqual(held.heard, ['interrupt']);
});

test('a holder that does not end the turn is stopped', async () => {
  const [turn, held] = [newTurn(), holder(never)];
  turn.attach(held);
  turn.end('cancelled');
  await eventually(() => held.heard.length === 2);
  assert.deepEqual(held.heard, ['interrupt', 'stop']);
});

test('a process that has gone on to another turn hears nothing of this one', async () => {
  const [turn, held] = [newTurn(), holder(never)];
  turn.attach(held);
  turn.detach();
  turn.end('cancelled');
  await ends();
  assert.deepEqual(held.heard, []);
});
