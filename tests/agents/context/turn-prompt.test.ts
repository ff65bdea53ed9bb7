import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestParts, turnPromptOf } from '../../../src/agents/context/turn-prompt.js';

const request = {
  id: 'msg_5',
  type: 'task.process',
  sender: 'Producer',
  senderDescriptor: { description: 'Produces numbers' },
  isReply: false,
  payload: { message: 'Please count', batch: [1, 2] },
};

test('the message of a payload is the request, else its text; the rest is data', () => {
  const cases: readonly [unknown, unknown][] = [
    [
      { message: 'Count', batch: [1] },
      { text: 'Count', data: { batch: [1] } },
    ],
    [{ text: 'Count' }, { text: 'Count', data: undefined }],
    [
      { message: 'Count', text: 'twice' },
      { text: 'Count', data: { text: 'twice' } },
    ],
    [
      { message: 3, text: 'Count' },
      { text: 'Count', data: { message: 3 } },
    ],
    [{ message: '' }, { text: '', data: undefined }],
  ];
  for (const [payload, parts] of cases) assert.deepEqual(requestParts(payload), parts);
});

test('a text is all request, and anything else is all data', () => {
  assert.deepEqual(requestParts('Count'), { text: 'Count', data: undefined });
  for (const payload of [{}, { batch: [1] }, [1, 2], 7, null, false])
    assert.deepEqual(requestParts(payload), { text: '', data: payload });
});

test('a turn begins with who asks and what, and then the data', () => {
  assert.equal(
    turnPromptOf(request),
    'Message msg_5 of type task.process from Producer (Produces numbers):\n\nPlease count\n\nData:\n{"batch":[1,2]}',
  );
});

test('a reply is called one, and a sender that is gone has nothing said about it', () => {
  const reply = { ...request, isReply: true, senderDescriptor: undefined, payload: 'Four' };
  assert.equal(turnPromptOf(reply), 'Reply msg_5 of type task.process from Producer:\n\nFour');
});

test('a payload without words is data alone', () => {
  const head = 'Message msg_5 of type task.process from Producer (Produces numbers):';
  assert.equal(turnPromptOf({ ...request, payload: [1, 2] }), `${head}\n\nData:\n[1,2]`);
});
