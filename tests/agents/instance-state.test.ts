import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canMoveInstance, instanceStates } from '../../src/agents/instance-state.js';
import { movesOf } from './state-moves.js';

const moves = movesOf(`
  starting -> idle busy stopping crashed
  idle     -> busy paused stopping crashed
  busy     -> idle stopping crashed
  paused   -> idle stopping crashed
  stopping -> starting stopped crashed
`);

test('an instance moves as the diagram says, and in no other way', () => {
  for (const from of instanceStates)
    for (const to of instanceStates)
      assert.equal(canMoveInstance(from, to), moves.has(`${from} ${to}`), `${from} -> ${to}`);
});
