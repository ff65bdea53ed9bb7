import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookAnswer } from '../../src/webhooks/webhook-client.js';
import { judge } from '../../src/webhooks/webhook-verdict.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

type Answered = Extract<WebhookAnswer, { kind: 'answered' }>;
const answered = (fields: Partial<Answered>): Answered => ({
  kind: 'answered',
  status: 200,
  contentType: 'application/json',
  location: undefined,
  retryAfter: undefined,
  text: '',
  ...fields,
});
const outcomeOf = (fields: Partial<Answered>) => judge(answered(fields), NOW).outcome;

const completed: readonly (readonly [string, Partial<Answered>, object])[] = [
  ['an empty answer', {}, { kind: 'completed' }],
  ['204', { status: 204, contentType: undefined }, { kind: 'completed' }],
  ['a page', { contentType: 'text/html', text: '{"reply":{"payload":1}}' }, { kind: 'completed' }],
  ['a page longer than is read', { contentType: 'text/html', text: undefined }, { kind: 'completed' }],
  ['words of no type', { contentType: undefined, text: 'ok' }, { kind: 'completed' }],
  ['JSON that is no object', { text: '"ok"' }, { kind: 'completed' }],
  ['JSON that is null', { text: 'null' }, { kind: 'completed' }],
  ['an object without a reply', { text: '{"ok":true}' }, { kind: 'completed' }],
  ['a reply', { text: '{"reply":{"payload":[1]}}' }, { kind: 'completed', reply: { payload: [1] } }],
  ['a reply of null', { text: '{"reply":{"payload":null}}' }, { kind: 'completed', reply: { payload: null } }],
  [
    'a reply of no content type',
    { status: 201, contentType: undefined, text: '{"more":1,"reply":{"payload":1,"type":"done"}}' },
    { kind: 'completed', reply: { payload: 1, type: 'done' } },
  ],
];

for (const [what, fields, outcome] of completed) {
  test(`${what} completes the delivery`, () => {
    assert.deepEqual(judge(answered(fields), NOW), { outcome, verdict: 'succeeded' });
  });
}

const unreadable: readonly (readonly [string, Partial<Answered>, RegExp])[] = [
  ['is broken', { text: '{"reply":' }, /is not JSON/],
  ['is longer than is read', { text: undefined }, /longer than 1 MiB/],
  ['has a reply without a payload', { text: '{"reply":{}}' }, /\/reply\/payload is required/],
  ['has a reply with an unknown field', { text: '{"reply":{"payload":1,"typ":"x"}}' }, /\/reply\/typ/],
  ['has a reply with a bad type', { text: '{"reply":{"payload":1,"type":" "}}' }, /\/reply\/type/],
];

for (const [what, fields, says] of unreadable) {
  test(`JSON that ${what} fails the delivery for good, and is no fault of the endpoint's health`, () => {
    const { outcome, verdict } = judge(answered(fields), NOW);
    assert.equal(verdict, 'succeeded');
    assert.ok(outcome.kind === 'failed' && !outcome.isRetryable);
    assert.equal(outcome.error.code, 'webhook_bad_answer');
    assert.match(outcome.error.message, says);
  });
}

for (const status of [400, 401, 403, 404, 405, 410, 413, 422, 451]) {
  test(`${status} is final, from an endpoint that works`, () => {
    const { outcome, verdict } = judge(answered({ status, text: 'no,\n  thanks' }), NOW);
    const error = { code: 'webhook_refused', message: `The endpoint answered ${status}: no, thanks` };
    assert.deepEqual(
      { outcome, verdict },
      { outcome: { kind: 'failed', error, isRetryable: false }, verdict: 'succeeded' },
    );
  });
}

for (const status of [408, 409, 425, 429, 500, 502, 503, 504, 599]) {
  test(`${status} is tried again, and counts against the endpoint`, () => {
    const { outcome, verdict } = judge(answered({ status }), NOW);
    assert.equal(verdict, 'failed');
    assert.ok(outcome.kind === 'failed' && outcome.isRetryable);
    assert.deepEqual(outcome.error, { code: 'webhook_failed', message: `The endpoint answered ${status}.` });
  });
}

for (const status of [301, 302, 303, 307, 308, 304]) {
  test(`${status} is not followed, and final`, () => {
    const { outcome, verdict } = judge(answered({ status, location: 'http://else.example/' }), NOW);
    assert.equal(verdict, 'succeeded');
    assert.ok(outcome.kind === 'failed' && !outcome.isRetryable);
    assert.equal(outcome.error.code, 'webhook_redirected');
    assert.match(outcome.error.message, /to http:\/\/else\.example\/; redirects are not followed/);
  });
}

const delays: readonly (readonly [string, number | undefined])[] = [
  ['120', 120],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999999', 86_400],
  ['soon', undefined],
];
for (const [retryAfter, seconds] of delays) {
  test(`Retry-After: ${retryAfter} is a delay of ${seconds ?? 'the usual'} seconds`, () => {
    const outcome = outcomeOf({ status: 503, retryAfter });
    assert.equal(outcome.kind === 'failed' ? outcome.delaySeconds : NaN, seconds);
  });
}

test('an endpoint that is late or cannot be reached is tried again, and counts against it', () => {
  for (const [answer, code, says] of [
    [{ kind: 'timed_out', timeoutSeconds: 5 }, 'webhook_timed_out', /within 5 s/],
    [{ kind: 'unreachable', message: 'connect ECONNREFUSED' }, 'webhook_unreachable', /ECONNREFUSED/],
  ] as const) {
    const { outcome, verdict } = judge(answer, NOW);
    assert.ok(outcome.kind === 'failed' && outcome.isRetryable);
    assert.deepEqual([outcome.error.code, verdict], [code, 'failed']);
    assert.match(outcome.error.message, says);
  }
});

test('a call that was given up says nothing of the endpoint, and the delivery goes back untried', () => {
  assert.deepEqual(judge({ kind: 'abandoned' }, NOW), { outcome: { kind: 'released' }, verdict: 'abandoned' });
});

test('of a long refusal the beginning is kept', () => {
  const outcome = outcomeOf({ status: 400, text: 'x'.repeat(10_000) });
  assert.ok(outcome.kind === 'failed' && outcome.error.message.length < 400);
});
