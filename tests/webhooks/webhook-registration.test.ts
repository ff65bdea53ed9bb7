import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder, request, startTestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import { answerWith } from './receiver.js';
import { afterEvent, putWebhook, send, startScene } from './webhook-scene.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const TOKEN = 'Bearer very-private';
const url = 'http://localhost:9/hook';

const refused: readonly (readonly [string, object, string])[] = [
  ['another host', { url: 'http://hooks.example/' }, '/runtime/url'],
  ['another scheme', { url: 'ftp://localhost/' }, '/runtime/url'],
  ['a password', { url: 'http://me:secret@localhost/' }, '/runtime/url'],
  ['no address', {}, '/runtime/url'],
  ['something that is no address', { url: 'localhost' }, '/runtime/url'],
  ['a short secret', { url, secret: 'c2hvcnQ=' }, '/runtime/secret'],
  ['a secret that is masked', { url, secret: '***' }, '/runtime/secret'],
  ['a header that is masked', { url, headers: { 'x-key': '***' } }, '/runtime/headers/x-key'],
  ['a header of the connection', { url, headers: { 'content-length': '1' } }, '/runtime/headers/content-length'],
  ['a header that is none', { url, headers: { 'no header': '1' } }, '/runtime/headers/no header'],
  ['no time', { url, timeoutSeconds: 0 }, '/runtime/timeoutSeconds'],
  ['no concurrency', { url, concurrency: 0 }, '/runtime/concurrency'],
  ['an unknown field', { url, verb: 'PUT' }, '/runtime/verb'],
];

test('a webhook that could not be used is refused, with the place of what is wrong', async (t) => {
  const hub = await startTestHub(t);
  for (const [what, settings, pointer] of refused) {
    const { status, body } = await hub.call('PUT', '/v1/modules/Worker', { runtime: { type: 'webhook', ...settings } });
    assert.equal(status, 400, what);
    assert.deepEqual(
      body.errors.map((error: { pointer: string }) => error.pointer),
      [pointer],
      what,
    );
  }
  assert.equal((await hub.call('GET', '/v1/modules/Worker')).status, 404);
});

test('a change is looked at like a new webhook', async (t) => {
  const hub = await startTestHub(t);
  await putWebhook(hub, 'Worker', { url });
  const patch = { runtime: { url: 'http://hooks.example/' } };
  const { status, body } = await hub.call('PATCH', '/v1/modules/Worker', patch);
  assert.deepEqual([status, body.errors[0].pointer], [400, '/runtime/url']);
});

test('the operator says which hosts are allowed', async (t) => {
  const hub = await startTestHub(t, { settings: { GRANGER_WEBHOOK_HOSTS: 'Hooks.example:8443, other.example' } });
  const put = async (address: string) =>
    (await hub.call('PUT', '/v1/modules/Worker', { runtime: { type: 'webhook', url: address } })).status;
  assert.equal(await put('https://hooks.example:8443/'), 201);
  assert.equal(await put('http://other.example:1234/'), 200);
  assert.equal(await put('https://hooks.example/'), 400);
  assert.equal(await put('http://localhost/'), 400);
});

test('a webhook whose host is not allowed any more is not posted to', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(200));
  await hub.stop();
  const again = await startTestHub(t, { folder: hub.folder, settings: { GRANGER_WEBHOOK_HOSTS: 'hooks.example' } });
  const { error } = await afterEvent(again, (await send(again)).id, 'died');
  assert.equal(error.code, 'webhook_not_allowed');
  assert.equal(receiver.received.length, 0);
});

test('only an admin key may say where the hub posts to', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Worker', {});
  const { key } = (await hub.call('POST', '/v1/modules/Worker/keys', {})).body;
  const body = { runtime: { type: 'webhook', url } };
  const answer = await request(`${hub.url}/v1/modules/Worker`, { method: 'PUT', key, body });
  assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
});

test('secrets are shown to nobody: not in answers, not in events', async (t) => {
  const hub = await startTestHub(t);
  const runtime = { type: 'webhook', url, secret: SECRET, headers: { authorization: TOKEN } };
  const put = await hub.call('PUT', '/v1/modules/Worker', { runtime });
  const patched = await hub.call('PATCH', '/v1/modules/Worker', { description: 'changed' });
  const answers = [
    put,
    patched,
    await hub.call('GET', '/v1/modules/Worker'),
    await hub.call('GET', '/v1/modules'),
    await hub.call('POST', '/v1/modules/Worker/heartbeat', {}),
    await hub.call('GET', '/v1/events?after=0'),
  ];
  for (const { status, body } of answers) {
    assert.ok(status < 300);
    assert.doesNotMatch(JSON.stringify(body), /MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|very-private/);
  }
  assert.deepEqual(put.body.runtime, { ...runtime, secret: '***', headers: { authorization: '***' } });
});

test('a change of something else keeps the secret', async (t) => {
  const runtime = { secret: SECRET, headers: { authorization: TOKEN } };
  const { hub, receiver } = await startScene(t, answerWith(200), { runtime });
  await hub.call('PATCH', '/v1/modules/Worker', { runtime: { concurrency: 1 } });
  await afterEvent(hub, (await send(hub)).id, 'completed');
  const { headers } = receiver.received[0]!;
  assert.match(String(headers['webhook-signature']), /^v1,/);
  assert.equal(headers.authorization, TOKEN);
});

test('a file that names a host that is not allowed is refused, with its line', async (t) => {
  const folder = await makeFolder(t);
  const text = 'name: Worker\nruntime:\n  type: webhook\n  url: http://hooks.example/\n';
  await writeFile(join(folder, 'worker.yaml'), text);
  const hub = await startTestHub(t, { settings: { GRANGER_MODULES: folder } });
  const { data } = await whenEvent(hub, { types: 'module.file_rejected' });
  assert.match(data.reason, /^worker\.yaml:4: .*GRANGER_WEBHOOK_HOSTS/);
});
