import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawRequest } from '../support/raw-request.js';
import { shareHub } from '../support/shared-hub.js';
import { startTestHub } from '../support/test-hub.js';

// A page of another site can point a name of its own at this machine (DNS rebinding), or ask straight from where it is.

const hub = await shareHub();
const port = new URL(hub.url).port;

const ask = (headers: Readonly<Record<string, string>>, url = `${hub.url}/v1/modules`) =>
  rawRequest(url, { authorization: `Bearer ${hub.key}`, ...headers });

const known: readonly Readonly<Record<string, string>>[] = [
  { host: `127.0.0.1:${port}` },
  { host: 'localhost' },
  { host: `LocalHost:${port}` },
  { host: `[::1]:${port}` },
  { host: 'localhost', origin: `http://localhost:${port}` },
  { host: 'localhost', origin: 'http://127.0.0.1:3000' },
];

const foreign: readonly Readonly<Record<string, string>>[] = [
  { host: 'evil.example' },
  { host: `evil.example:${port}` },
  { host: 'localhost.evil.example' },
  { host: '127.0.0.1.evil.example' },
  { host: 'evil.example#localhost' },
  { host: 'localhost', origin: 'http://evil.example' },
  { host: 'localhost', origin: `https://evil.example:${port}` },
  { host: 'localhost', origin: 'http://localhost.evil.example' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', origin: 'file://' },
];

for (const headers of known) {
  test(`who asks with ${JSON.stringify(headers)} is let in`, async () => {
    assert.equal((await ask(headers)).status, 200);
  });
}

for (const headers of foreign) {
  test(`who asks with ${JSON.stringify(headers)} is sent away, key or not, before anything is looked at`, async () => {
    await ask({ host: 'localhost' });
    for (const path of ['/v1/modules', '/livez', '/nothing-here', '/v1/stream']) {
      const { status, headers: answered, body } = await ask(headers, `${hub.url}${path}`);
      assert.deepEqual([status, JSON.parse(body).code], [403, 'host_not_allowed'], path);
      assert.match(String(answered['content-type']), /^application\/problem\+json/);
    }
  });
}

test('nothing of this is logged as an error', () => assert.deepEqual(hub.errors, []));

test('an operator may name more hosts, and pages of these are let in too', async (t) => {
  const named = await startTestHub(t, { settings: { GRANGER_ALLOWED_HOSTS: 'Hub.Example, other' } });
  const askNamed = (headers: Readonly<Record<string, string>>) =>
    rawRequest(`${named.url}/v1/modules`, { authorization: `Bearer ${named.key}`, ...headers });
  assert.equal((await askNamed({ host: 'hub.example:7411', origin: 'https://hub.example' })).status, 200);
  assert.equal((await askNamed({ host: 'third.example' })).status, 403);
  assert.equal((await askNamed({ host: 'other', origin: 'https://third.example' })).status, 403);
});

test('an operator may let every name in', async (t) => {
  const open = await startTestHub(t, { settings: { GRANGER_ALLOWED_HOSTS: '*' } });
  const headers = { authorization: `Bearer ${open.key}`, host: 'any.example', origin: 'https://page.example' };
  assert.equal((await rawRequest(`${open.url}/v1/modules`, headers)).status, 200);
});
