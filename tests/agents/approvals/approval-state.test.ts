import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvalStates, canMoveApproval, stateAfter } from '../../../src/agents/approvals/approval-state.js';
import { movesOf } from '../state-moves.js';

const moves = movesOf('pending -> allowed denied timed_out withdrawn');

test('an approval moves as its diagram says, and in no other way', () => {
  for (const from of approvalStates)
    for (const to of approvalStates)
      assert.equal(canMoveApproval(from, to), moves.has(`${from} ${to}`), `${from} -> ${to}`);
});

test('each decision has its state', () => {
  assert.deepEqual([stateAfter('allow'), stateAfter('deny')], ['allowed', 'denied']);
});
