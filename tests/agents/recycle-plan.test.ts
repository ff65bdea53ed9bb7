import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recycleReason } from '../../src/agents/recycle-plan.js';

const now = 10_000_000;
const fresh = { turns: 1, startedAt: now - 1000, lastUsedAt: now, memoryBytes: 200 * 1024 * 1024 };

test('a process is kept for 15 minutes unless its module says otherwise', () => {
  assert.equal(recycleReason(fresh, {}, now), undefined);
  assert.equal(recycleReason({ ...fresh, lastUsedAt: now - 899_999 }, {}, now), undefined);
  assert.equal(recycleReason({ ...fresh, lastUsedAt: now - 900_000 }, {}, now), 'nobody used it');
  assert.equal(recycleReason({ ...fresh, lastUsedAt: now - 2000 }, { idleSeconds: 2 }, now), 'nobody used it');
  assert.equal(recycleReason({ ...fresh, lastUsedAt: now - 900_000 }, { idleSeconds: 1000 }, now), undefined);
});

test('a process is ended after its turns, after its time, and when it holds too much', () => {
  assert.equal(recycleReason({ ...fresh, turns: 3 }, { recycleAfterTurns: 3 }, now), 'it has done 3 turns');
  assert.equal(recycleReason({ ...fresh, turns: 2 }, { recycleAfterTurns: 3 }, now), undefined);
  assert.equal(recycleReason(fresh, { recycleAfterSeconds: 1 }, now), 'it has lived its time');
  assert.equal(recycleReason(fresh, { recycleAfterSeconds: 2 }, now), undefined);
  assert.equal(recycleReason(fresh, { memoryLimitMb: 199 }, now), 'it holds 200 MB');
  assert.equal(recycleReason(fresh, { memoryLimitMb: 200 }, now), undefined);
  assert.equal(recycleReason({ ...fresh, memoryBytes: undefined }, { memoryLimitMb: 32 }, now), undefined);
});
