import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFailure, nextParties, wordsOf } from '../../src/dashboard/chat.js';

const message = (payload: unknown, more: object = {}) =>
  ({ id: 'msg_1', type: 'query', from: 'Web', priority: 5, createdAt: '', payload, ...more }) as never;

test('a message says its words, an answer what it answers, and data nothing', () => {
  assert.equal(wordsOf(message('Hello')), 'Hello');
  assert.equal(wordsOf(message({ message: 'Please', batch: [1] })), 'Please');
  assert.equal(wordsOf(message({ message: 'Please', response: 'Done', status: 'SUCCESS' })), 'Done');
  assert.equal(
    wordsOf(message({ message: 'Please', response: '', error: { message: 'No answer.' }, status: 'ERROR' })),
    'No answer.',
  );
  for (const payload of [null, 7, [1], { image: 'cat.png' }]) assert.equal(wordsOf(message(payload)), undefined);
});

test('an answer that tells a failure is one', () => {
  assert.ok(isFailure(message({ status: 'ERROR' })));
  for (const payload of [null, 'ERROR', { status: 'SUCCESS' }]) assert.ok(!isFailure(message(payload)));
});

test('a new message goes from and to whom the conversation is between', () => {
  const participants = ['Analyst', 'Web', 'Audit'];
  assert.deepEqual(nextParties({ participants, default: { sender: 'Web', agent: 'Analyst' } }, []), {
    from: 'Web',
    to: 'Analyst',
  });
  const said = [
    message('', { from: 'Audit', to: 'Analyst' }),
    message('', { from: 'Analyst', to: 'Audit', replyTo: 'msg_1' }),
  ];
  assert.deepEqual(nextParties({ participants }, said), { from: 'Audit', to: 'Analyst' });
  assert.deepEqual(nextParties({ participants }, []), { from: 'Analyst', to: 'Web' });
  assert.deepEqual(nextParties({ participants: [] }, []), { from: '', to: '' });
});
