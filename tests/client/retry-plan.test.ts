import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, mayRetry } from '../../src/client/retry-plan.js';

test('the wait doubles from a tenth of a second to five seconds, half of it by chance', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 60].map((attempt) => backoffMs(attempt, () => 1));
  assert.deepEqual(longest, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  assert.equal(
    backoffMs(3, () => 0),
    400,
  );
});

const failures = {
  'no answer': {},
  'never sent': { isUnsent: true },
  'too many': { status: 429, code: 'rate_limited' },
  'the hub stops': { status: 503, code: 'draining' },
  'the database is busy': { status: 503, code: 'database_busy' },
  'a gateway': { status: 502, code: 'unknown' },
  'the hub failed': { status: 500, code: 'internal' },
  'a wrong request': { status: 400, code: 'invalid_request' },
  'a lost lease': { status: 409, code: 'lease_lost' },
  'a full disk': { status: 507, code: 'disk_full' },
};

test('what cannot have been done is tried again; what may have been, only where twice is once', () => {
  const named = (isIdempotent: boolean) =>
    Object.entries(failures)
      .filter(([, failure]) => mayRetry(failure, isIdempotent))
      .map(([name]) => name);
  const safe = ['never sent', 'too many', 'the hub stops'];
  assert.deepEqual(named(false), safe);
  assert.deepEqual(named(true), ['no answer', ...safe, 'the database is busy', 'a gateway']);
});
