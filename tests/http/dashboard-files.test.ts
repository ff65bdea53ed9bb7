import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DashboardFiles } from '../../src/http/dashboard-files.js';
import { shareHub } from '../support/shared-hub.js';
import { request } from '../support/test-hub.js';

const hub = await shareHub();
const fetchFile = (path: string, headers: Record<string, string> = {}) =>
  request(`${hub.url}${path}`, { method: 'GET', headers });

test('the first page needs no key and allows nothing but what the hub serves', async () => {
  const { status, headers, body } = await fetchFile('/');
  assert.equal(status, 200);
  assert.match(body, /<title>Granger Hub<\/title>/);
  const policy = headers.get('content-security-policy') ?? '';
  const host = new URL(hub.url).host;
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ws://${host}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    assert.ok(policy.includes(part), policy);
  assert.doesNotMatch(policy, /unsafe|https?:\/\//);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});

test('every file of the dashboard is served, and what the page names is among them', async () => {
  const { names } = new DashboardFiles();
  for (const name of names.filter((each) => each !== 'index.html')) {
    const { status, headers } = await fetchFile(`/dashboard/${name}`);
    assert.equal(status, 200, name);
    assert.match(headers.get('content-type') ?? '', name.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
  }
  const { body } = await fetchFile('/');
  for (const [, name] of body.matchAll(/(?:src|href)="dashboard\/([^"]+)"/g)) assert.ok(names.includes(name), name);
});

for (const path of [
  '/dashboard/',
  '/dashboard/pages/messages.js',
  '/dashboard/../package.json',
  '/dashboard/%2e%2e/hub.ts',
  '/dashboard/shapes.d.ts',
  '/index.html',
]) {
  test(`nothing else is: ${path}`, async () => {
    const { status, body } = await fetchFile(path);
    assert.deepEqual([status, body.code], [404, 'not_found']);
  });
}

test('who has a file already is told so', async () => {
  const first = await fetchFile('/dashboard/app.js');
  const etag = first.headers.get('etag') ?? '';
  assert.equal(first.headers.get('cache-control'), 'no-cache');
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await fetchFile('/dashboard/app.js', { 'if-none-match': known });
    assert.deepEqual([again.status, again.body], [304, ''], known);
  }
  assert.equal((await fetchFile('/dashboard/app.js', { 'if-none-match': '"other"' })).status, 200);
});

test('a file is compressed for who takes it so', async () => {
  const zipped = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    httpGet(`${hub.url}/dashboard/style.css`, { headers: { 'accept-encoding': 'gzip' } }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ encoding: answer.headers['content-encoding'], body: Buffer.concat(chunks) });
    }).on('error', reject);
  });
  assert.equal(zipped.encoding, 'gzip');
  assert.equal(
    gunzipSync(zipped.body).toString(),
    (await fetchFile('/dashboard/style.css', { 'accept-encoding': 'identity' })).body,
  );
});
