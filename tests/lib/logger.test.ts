import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../src/lib/errors.js';
import { loggedRefusal } from '../../src/lib/logger.js';

test('a refusal is logged by its code and its cause, without a stack', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:5432');
  assert.deepEqual(loggedRefusal(new HubError('database_busy', 'The database does not answer.', { cause })), {
    code: 'database_busy',
    message: 'The database does not answer.',
    cause: 'connect ECONNREFUSED 127.0.0.1:5432',
  });
  assert.deepEqual(loggedRefusal(new HubError('draining', 'The hub stops.')), {
    code: 'draining',
    message: 'The hub stops.',
  });
});
