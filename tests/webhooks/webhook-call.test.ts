import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { WebhookSettings } from '../../src/modules/served-runtime-schema.js';
import { webhookCall } from '../../src/webhooks/webhook-call.js';
import { claimedDelivery } from '../support/claimed-delivery.js';

const NOW = Date.parse('2026-01-01T00:00:00.900Z');
const SECONDS = '1767225600';
const KEY = Buffer.from('0123456789abcdef01234567');

const callOf = (settings: Partial<WebhookSettings>, claimed = claimedDelivery()) =>
  webhookCall({ type: 'webhook', url: 'http://localhost/hook', ...settings }, claimed, NOW);

test('the body is what a claim answers, without the lease', () => {
  assert.deepEqual(JSON.parse(callOf({}).body), {
    delivery: { id: 'dlv_7', attempt: 1, maxAttempts: 3 },
    message: {
      id: 'msg_5',
      seq: 5,
      type: 'task',
      from: 'Producer',
      to: 'Worker',
      priority: 5,
      payload: { n: 1 },
      createdAt: '2026-01-01T00:00:00.000Z',
    },
  });
});

test('history that was asked for again says so', () => {
  const { body } = callOf({}, { ...claimedDelivery(), isReplayed: true });
  assert.equal(JSON.parse(body).delivery.replayed, true);
});

for (const secret of [KEY.toString('base64'), `whsec_${KEY.toString('base64')}`]) {
  test(`the secret ${secret} signs id, time and body`, () => {
    const { body, headers } = callOf({ secret });
    const expected = createHmac('sha256', KEY).update(`msg_5.${SECONDS}.${body}`).digest('base64');
    assert.equal(headers['webhook-id'], 'msg_5');
    assert.equal(headers['webhook-timestamp'], SECONDS);
    assert.equal(headers['webhook-signature'], `v1,${expected}`);
  });
}

test('without a secret there is no signature', () => {
  const { headers } = callOf({});
  assert.deepEqual([headers['webhook-id'], 'webhook-signature' in headers], ['msg_5', false]);
});

test('headers of the descriptor go along, and replace those of the hub that they may', () => {
  const { headers } = callOf({ headers: { Authorization: 'Bearer x', 'User-Agent': 'mine' } });
  assert.deepEqual([headers.authorization, headers['user-agent']], ['Bearer x', 'mine']);
});

test('a call has ten seconds, with a broadcast message five, or what the descriptor says', () => {
  const broadcast = claimedDelivery({ is_broadcast: 1 });
  assert.equal(callOf({}).timeoutSeconds, 10);
  assert.equal(callOf({}, broadcast).timeoutSeconds, 5);
  assert.equal(callOf({ timeoutSeconds: 7 }, broadcast).timeoutSeconds, 7);
});
