import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsOf } from '../../src/dashboard/attention.js';

type Situation = Parameters<typeof concernsOf>[0];
const now = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const concerns = (situation: Partial<Situation>) => concernsOf({ now, ...situation });
const titles = (situation: Partial<Situation>) => concerns(situation).map(({ title }) => title);

const letter = (id: number, module: string, type: string) =>
  ({
    delivery: {
      id: `dlv_${id}`,
      module,
      state: 'dead',
      attempt: 3,
      maxAttempts: 3,
      settledAt: ago(60),
      error: { code: 'broken', message: 'It broke.' },
    },
    message: { id: `msg_${id}`, type, from: 'Web', priority: 5, payload: {}, createdAt: ago(90) },
    attempts: [],
  }) as never;
const queue = (name: string, more: object) =>
  ({
    name,
    kind: 'module',
    pending: 0,
    leased: 0,
    dead: 0,
    processed: 0,
    errors: 0,
    oldestAgeSeconds: null,
    ...more,
  }) as never;
const module = (name: string, status: string) =>
  ({ name, status, lastHeartbeatAt: ago(400), runtime: { type: 'pull' } }) as never;
const turn = (id: number, messageId: string, endedAt: string) =>
  ({
    id: `turn_${id}`,
    module: 'Analyst',
    messageId,
    state: 'failed',
    endedAt,
    error: { code: 'x', message: 'No answer.' },
  }) as never;

test('where nothing is wrong nobody is bothered', () => {
  assert.deepEqual(
    titles({ modules: [module('A', 'active')], queues: [queue('A', { pending: 3, oldestAgeSeconds: 20 })] }),
    [],
  );
});

test('dead letters of one cause are one line that can be redriven as one', () => {
  const found = concerns({ deadLetters: [letter(1, 'A', 'x'), letter(2, 'A', 'x'), letter(3, 'B', 'x')] });
  assert.deepEqual(
    found.map(({ title }) => title),
    ['2 dead letters of x for A', '1 dead letter of x for B'],
  );
  assert.deepEqual(found[0]?.redrive, { module: 'A', type: 'x' });
  assert.equal(found[0]?.detail, 'It broke.');
  assert.equal(found[0]?.href, '#/dead-letters?module=A&type=x');
});

test('a failed turn is told once: not when its message is a dead letter, not when it is old', () => {
  const failedTurns = [turn(1, 'msg_1', ago(60)), turn(2, 'msg_2', ago(60)), turn(3, 'msg_3', ago(4000))];
  assert.deepEqual(titles({ failedTurns, deadLetters: [letter(1, 'Analyst', 'x')] }), [
    '1 dead letter of x for Analyst',
    '1 turn of Analyst failed',
  ]);
});

test('a line in which nothing has moved for two minutes is stuck', () => {
  const [found] = concerns({
    queues: [queue('A', { pending: 4, oldestAgeSeconds: 600 }), queue('B', { pending: 1, oldestAgeSeconds: 119 })],
  });
  assert.deepEqual(
    [found?.title, found?.detail],
    ['4 messages waiting for A', 'The oldest for 10 min; nobody claims them.'],
  );
});

test('an offline module is worse when messages wait for it, and many are one line', () => {
  const found = concerns({
    modules: [module('A', 'offline'), module('B', 'offline')],
    queues: [queue('A', { pending: 1, oldestAgeSeconds: 1 })],
  });
  assert.deepEqual(
    found.map(({ tone, title }) => [tone, title]),
    [
      ['bad', 'A is offline'],
      ['warn', 'B is offline'],
    ],
  );
  assert.deepEqual(titles({ modules: ['A', 'B', 'C', 'D', 'E'].map((name) => module(name, 'offline')) }), [
    '5 modules are offline',
  ]);
});

test('what an agent asks stands first, with what it would run', () => {
  const approval = {
    id: 'apr_1',
    state: 'pending',
    module: 'Analyst',
    turnId: 'turn_7',
    toolName: 'Bash',
    input: { command: 'rm -rf x' },
    requestedAt: ago(5),
  };
  const [found, second] = concerns({ approvals: [approval as never], deadLetters: [letter(1, 'A', 'x')] });
  assert.deepEqual(
    [found?.title, found?.detail, found?.href],
    ['Analyst asks to run Bash', 'rm -rf x', '#/turns/turn_7'],
  );
  assert.equal(second?.kind, 'dead');
  const described = { ...approval, description: 'Tidies up', input: { a: 1, b: 2 } };
  assert.equal(concerns({ approvals: [described as never] })[0]?.detail, 'Tidies up');
  assert.equal(concerns({ approvals: [{ ...approval, input: { a: 1, b: 2 } } as never] })[0]?.detail, '{"a":1,"b":2}');
});
