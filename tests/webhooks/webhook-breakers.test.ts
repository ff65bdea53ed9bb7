import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Module } from '../../src/modules/module.js';
import { OPEN_MS } from '../../src/webhooks/breaker-state.js';
import { endpointOf, WebhookBreakers } from '../../src/webhooks/webhook-breakers.js';
import { FakeClock } from '../support/test-hub.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const HERE = 'http://localhost:9/hook';
const webhook = { runtime: { type: 'webhook', url: `${HERE}?key=1` } } as Module;

const startBreakers = () => {
  const clock = new FakeClock();
  const breakers = new WebhookBreakers(clock, silent);
  const failOften = () => {
    for (let count = 0; count < 5; count++) breakers.begin(HERE)?.end('failed');
  };
  return { clock, breakers, failOften };
};

test('an endpoint is its origin and path: what is asked of it does not matter', () => {
  assert.equal(endpointOf('HTTP://LocalHost:9/hook?a=1#b'), HERE);
  assert.notEqual(endpointOf('http://localhost:9/other'), HERE);
});

test('an open breaker lets nothing through, and others are not concerned', () => {
  const { breakers, failOften } = startBreakers();
  failOften();
  assert.equal(breakers.begin(HERE), undefined);
  assert.equal(breakers.room(HERE), 0);
  assert.equal(breakers.room('http://localhost:9/other'), Number.POSITIVE_INFINITY);
});

test('after its time one trial goes through, and its success closes the breaker', () => {
  const { clock, breakers, failOften } = startBreakers();
  failOften();
  clock.advance(OPEN_MS);
  const trial = breakers.begin(HERE);
  assert.equal(breakers.begin(HERE), undefined);
  trial?.end('succeeded');
  assert.equal(breakers.room(HERE), Number.POSITIVE_INFINITY);
});

test('a trial that fails opens the breaker for as long again', () => {
  const { clock, breakers, failOften } = startBreakers();
  failOften();
  clock.advance(OPEN_MS);
  breakers.begin(HERE)?.end('failed');
  clock.advance(OPEN_MS - 1);
  assert.equal(breakers.room(HERE), 0);
  clock.advance(1);
  assert.equal(breakers.room(HERE), 1);
});

test('what was under way when it opened does not close it', () => {
  const { breakers, failOften } = startBreakers();
  const slow = breakers.begin(HERE);
  failOften();
  slow?.end('succeeded');
  assert.equal(breakers.room(HERE), 0);
});

test('health shows the state of a breaker, and until when it is open', () => {
  const { clock, breakers, failOften } = startBreakers();
  assert.deepEqual(breakers.breakerOf(webhook), { endpoint: HERE, state: 'closed', failures: 0 });
  failOften();
  const openUntil = '2026-01-01T00:01:00.000Z';
  assert.deepEqual(breakers.breakerOf(webhook), { endpoint: HERE, state: 'open', openUntil });
  clock.advance(OPEN_MS);
  assert.deepEqual(breakers.breakerOf(webhook), { endpoint: HERE, state: 'half_open' });
});

test('a module that is no webhook has no breaker', () => {
  const { breakers } = startBreakers();
  assert.equal(breakers.breakerOf({ runtime: { type: 'pull' } } as Module), undefined);
});
