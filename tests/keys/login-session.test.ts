import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { type Answer, FakeClock, makeFolder, request, startTestHub, type TestHub } from '../support/test-hub.js';

const shared = await shareHub();
await shared.call('PUT', '/v1/modules/Mine', {});

interface Browser {
  readonly cookie: string;
  /** A request as a page of the hub makes it. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

const logIn = (hub: TestHub, key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  request(`${hub.url}/v1/session`, { method: 'POST', body: { key }, headers });

const cookieOf = ({ headers }: Answer): string => headers.get('set-cookie')?.split(';')[0] ?? '';

async function browserOf(hub: TestHub, key = hub.key): Promise<Browser> {
  const cookie = cookieOf(await logIn(hub, key));
  return browserWith(hub, cookie);
}

const browserWith = (hub: TestHub, cookie: string): Browser => ({
  cookie,
  ask: (method, path, body, headers) =>
    request(`${hub.url}${path}`, { method, body, headers: { cookie, origin: hub.url, ...headers } }),
});

test('a key is exchanged for a cookie that scripts and other sites do not get', async () => {
  const answer = await logIn(shared, shared.key);
  assert.equal(answer.status, 201);
  assert.deepEqual(Object.keys(answer.body), ['keyId', 'scope', 'expiresAt']);
  const cookie = answer.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^granger_session_\d+=[\w-]{43}; /);
  for (const part of ['Path=/', 'HttpOnly', 'SameSite=Strict', 'Expires=']) assert.ok(cookie.includes(part), cookie);
  assert.doesNotMatch(cookie, /Secure/);
});

test('where the page came over https, the cookie goes only there', async () => {
  const origin = shared.url.replace('http:', 'https:');
  assert.match((await logIn(shared, shared.key, { origin })).headers.get('set-cookie') ?? '', /; Secure/);
});

test('a wrong key gets no cookie', async () => {
  const answer = await logIn(shared, 'grk_of-another-hub');
  assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated']);
  assert.equal(answer.headers.get('set-cookie'), null);
});

test('with the cookie a browser may what the key may', async () => {
  const admin = await browserOf(shared);
  assert.equal((await admin.ask('GET', '/v1/keys')).status, 200);
  assert.equal((await admin.ask('PUT', '/v1/modules/Other', {})).status, 201);
  const observer = await browserOf(shared, (await createKey(shared, { scope: 'observer' })).key);
  assert.equal((await observer.ask('GET', '/v1/modules')).status, 200);
  assert.equal((await observer.ask('PUT', '/v1/modules/Other', {})).status, 403);
});

test('who asks is told who it is, by cookie and by key, and nobody is told nothing', async () => {
  const mine = await createKey(shared, { scope: 'module', module: 'Mine' });
  const browser = await browserOf(shared, mine.key);
  const { status, body } = await browser.ask('GET', '/v1/session');
  const { expiresAt, ...who } = body;
  assert.deepEqual([status, who], [200, { keyId: mine.id, scope: 'module', module: 'Mine' }]);
  assert.ok(Date.parse(expiresAt) > Date.now());
  assert.deepEqual((await mine.call('GET', '/v1/session')).body, who);
  assert.equal((await request(`${shared.url}/v1/session`, { method: 'GET' })).status, 204);
});

test('a key in the header goes before the cookie', async () => {
  const browser = await browserOf(shared);
  const answer = await browser.ask('GET', '/v1/keys', undefined, { authorization: 'Bearer grk_of-another-hub' });
  assert.equal(answer.status, 401);
});

test('a logged-in browser can read the documentation', async () => {
  const browser = await browserOf(shared);
  assert.equal((await browser.ask('GET', '/docs/')).status, 200);
});

const foreign = {
  'of another site': 'https://evil.example',
  'of another port of this machine': 'http://localhost:1',
  'of nowhere': 'null',
};

for (const [whose, origin] of Object.entries(foreign)) {
  test(`a page ${whose} can do nothing with the cookie`, async () => {
    const browser = await browserOf(shared);
    const asked: readonly [method: string, path: string, body?: object][] = [
      ['POST', '/v1/messages', { from: 'Mine', to: 'Mine' }],
      ['GET', '/v1/modules'],
      ['DELETE', '/v1/session'],
      ['POST', '/v1/session', { key: shared.key }],
    ];
    for (const [method, path, body] of asked) {
      const answer = await browser.ask(method, path, body, { origin });
      assert.deepEqual([answer.status, answer.body.code], [403, 'host_not_allowed'], `${method} ${path}`);
    }
    assert.equal((await browser.ask('GET', '/v1/session')).status, 200);
  });
}

test('after the logout the cookie is worth nothing', async () => {
  const browser = await browserOf(shared);
  const answer = await browser.ask('DELETE', '/v1/session');
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('set-cookie') ?? '', /^granger_session_\d+=; Path=\/; Max-Age=0;/);
  assert.equal((await browser.ask('GET', '/v1/modules')).status, 401);
  assert.equal((await browser.ask('GET', '/v1/session')).status, 204);
  assert.equal((await browser.ask('DELETE', '/v1/session')).status, 204);
});

test('a revoked key takes its logins along', async () => {
  const key = await createKey(shared, { scope: 'observer' });
  const browser = await browserOf(shared, key.key);
  await shared.call('DELETE', `/v1/keys/${key.id}`);
  assert.equal((await browser.ask('GET', '/v1/modules')).status, 401);
});

test('so does a removed module', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Gone', {});
  const browser = await browserOf(hub, (await createKey(hub, { scope: 'module', module: 'Gone' })).key);
  await hub.call('DELETE', '/v1/modules/Gone');
  assert.equal((await browser.ask('GET', '/v1/modules')).status, 401);
});

test('a login lasts seven days', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  const browser = await browserOf(hub);
  clock.advance(7 * 86_400_000 - 1);
  assert.equal((await browser.ask('GET', '/v1/modules')).status, 200);
  clock.advance(1);
  assert.equal((await browser.ask('GET', '/v1/modules')).status, 401);
});

test('a login outlives a restart of the hub, but not another admin key', async (t) => {
  const folder = await makeFolder(t);
  const first = await startTestHub(t, { folder, settings: { GRANGER_ADMIN_KEY: 'the-first-admin-key' } });
  const { cookie } = await browserOf(first);
  await first.stop();
  const port = new URL(first.url).port;
  const settings = { GRANGER_PORT: port, GRANGER_ADMIN_KEY: 'the-first-admin-key' };
  const second = await startTestHub(t, { folder, settings });
  assert.equal((await browserWith(second, cookie).ask('GET', '/v1/modules')).status, 200);
  await second.stop();
  const third = await startTestHub(t, { folder, settings: { ...settings, GRANGER_ADMIN_KEY: 'the-second-admin-key' } });
  assert.equal((await browserWith(third, cookie).ask('GET', '/v1/modules')).status, 401);
});

test('neither the key nor the cookie stands in the database', async (t) => {
  const hub = await startTestHub(t);
  const { cookie } = await browserOf(hub);
  await hub.stop();
  const files = await Promise.all(
    ['hub.db', 'hub.db-wal'].map((name) => readFile(join(hub.folder, name)).catch(() => '')),
  );
  for (const secret of [hub.key, cookie.split('=')[1]!])
    assert.ok(
      files.every((file) => !file.includes(secret)),
      'the secret is there',
    );
});
