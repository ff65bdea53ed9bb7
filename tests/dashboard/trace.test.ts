import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf } from '../../src/dashboard/trace.js';

const start = Date.parse('2026-01-01T00:00:00Z');
const event = (seq: number, type: string, data: object = {}) => ({
  seq,
  type,
  at: new Date(start + seq * 100).toISOString(),
  subject: { module: 'Analyst', messageId: 'msg_1' },
  data,
});

test('the life of a message reads as sentences, with the time since it was sent', () => {
  const steps = stepsOf([
    event(0, 'message.sent', { from: 'Web', type: 'task', priority: 5 }),
    event(2, 'delivery.claimed'),
    event(3, 'delivery.retried', { attempt: 1, error: { code: 'x', message: 'It broke.' } }),
    event(9, 'delivery.completed', { attempt: 2, tookMs: 400 }),
  ]);
  assert.deepEqual(
    steps.map(({ title, detail, sinceMs, tone }) => [title, detail, sinceMs, tone]),
    [
      ['Web sent it', 'task, priority 5', 0, 'plain'],
      ['Analyst claimed it', '', 200, 'plain'],
      ['Attempt 1 failed', 'It broke.', 300, 'warn'],
      ['Analyst completed it', 'attempt 2, 400 ms', 900, 'good'],
    ],
  );
});

test('a stream of words is one step until something else happens', () => {
  const words = { kind: 'text', text: 'x' };
  const tool = { kind: 'tool_use', text: '{"toolUseId":"1","name":"Bash","input":{}}' };
  const steps = stepsOf([
    event(1, 'turn.output', words),
    event(2, 'turn.output', words),
    event(3, 'turn.output', tool),
    event(4, 'turn.output', words),
  ]);
  assert.deepEqual(
    steps.map(({ title }) => title),
    ['It speaks', 'It uses Bash', 'It speaks'],
  );
});

test('the task of a message says nothing that the message does not', () => {
  assert.deepEqual(stepsOf([event(1, 'task.created'), event(2, 'task.completed')]), []);
});

test('an event that it has no words for keeps its name', () => {
  assert.equal(stepsOf([event(1, 'delivery.teleported')])[0]?.title, 'delivery.teleported');
  assert.deepEqual(stepsOf([]), []);
});

test('what an agent asked for and what was answered stand in it', () => {
  const steps = stepsOf([
    event(1, 'approval.requested', { toolName: 'Bash' }),
    event(2, 'approval.decided', { toolName: 'Bash', decision: 'deny', decidedBy: 'key_3' }),
    event(3, 'approval.timed_out', {}),
  ]);
  assert.deepEqual(
    steps.map(({ title, detail }) => [title, detail]),
    [
      ['It asks to run Bash', ''],
      ['Denied', 'by key_3'],
      ['Denied: nobody answered in time', ''],
    ],
  );
});
