import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWebhook, urlProblem } from '../../src/webhooks/webhook-check.js';

const HOSTS = ['localhost', '[::1]', 'hooks.example:443', 'plain.example:80', 'other.example:8080'];

const allowed = [
  'http://localhost/hook',
  'http://LOCALHOST:1234/hook',
  'https://[::1]:9/',
  'http://[0:0:0:0:0:0:0:1]/',
  'https://hooks.example/a?b=c',
  'https://hooks.example:443/',
  'http://plain.example/',
  'http://other.example:8080/',
];
for (const url of allowed) {
  test(`${url} may be posted to`, () => assert.equal(urlProblem(url, HOSTS), undefined));
}

const refused: readonly (readonly [string, RegExp])[] = [
  ['http://hooks.example/', /GRANGER_WEBHOOK_HOSTS allows, which hooks.example is not/],
  ['https://hooks.example:8443/', /which hooks.example:8443 is not/],
  ['http://other.example/', /which other.example is not/],
  ['http://localhost.evil.example/', /GRANGER_WEBHOOK_HOSTS/],
  ['http://localhost.:80/', /GRANGER_WEBHOOK_HOSTS/],
  ['http://169.254.169.254/latest', /GRANGER_WEBHOOK_HOSTS/],
  ['http://127.0.0.1/', /GRANGER_WEBHOOK_HOSTS/],
  ['http://me:secret@localhost/', /user name or a password/],
  ['http://me@localhost/', /user name or a password/],
  ['ftp://localhost/', /http or https/],
  ['file:///etc/passwd', /http or https/],
  ['localhost/hook', /http or https/],
];
for (const [url, says] of refused) {
  test(`${url} may not be posted to`, () => assert.match(urlProblem(url, HOSTS) ?? '', says));
}

test('headers of the connection and of the hub itself are refused by their names, and values by theirs', () => {
  const headers = { 'Content-Length': '3', HOST: 'x', 'Webhook-Signature': 'v1,x', 'x-fine': 'yes', 'x-two': 'a\nb' };
  const descriptor = { runtime: { type: 'webhook', url: 'http://localhost/', headers } } as const;
  assert.throws(() => checkWebhook(descriptor, HOSTS), {
    code: 'invalid_request',
    errors: [
      { pointer: '/runtime/headers/Content-Length', message: 'is set by the hub itself' },
      { pointer: '/runtime/headers/HOST', message: 'is set by the hub itself' },
      { pointer: '/runtime/headers/Webhook-Signature', message: 'is set by the hub itself' },
      { pointer: '/runtime/headers/x-two', message: 'must be of printable ASCII characters' },
    ],
  });
});

test('other runtimes are not looked at', () => {
  for (const runtime of [undefined, 'pull', 'claude', { type: 'pull' }] as const)
    checkWebhook(runtime === undefined ? {} : { runtime }, []);
});
