import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canMoveTurn, isTurnOver, turnStates } from '../../src/agents/turn-state.js';
import { movesOf } from './state-moves.js';

const moves = movesOf(`
  queued           -> running failed interrupted
  running          -> waiting_approval succeeded failed interrupted timed_out
  waiting_approval -> running failed interrupted timed_out
`);

test('a turn moves as the diagram says, and in no other way', () => {
  for (const from of turnStates)
    for (const to of turnStates) assert.equal(canMoveTurn(from, to), moves.has(`${from} ${to}`), `${from} -> ${to}`);
});

test('a turn is over when it can become nothing else', () => {
  assert.deepEqual(turnStates.filter(isTurnOver), ['succeeded', 'failed', 'interrupted', 'timed_out']);
});
