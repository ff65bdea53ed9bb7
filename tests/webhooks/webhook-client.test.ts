import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type WebhookCall, WebhookClient } from '../../src/webhooks/webhook-client.js';
import { answerWith, deadUrl, startReceiver } from './receiver.js';

const useClient = (t: TestContext, ...parameters: ConstructorParameters<typeof WebhookClient>) => {
  const client = new WebhookClient(...parameters);
  t.after(() => client.close());
  return (url: string, call: Partial<WebhookCall> = {}) =>
    client.post({ url, headers: {}, body: '{}', timeoutSeconds: 30, signal: new AbortController().signal, ...call });
};

test('an answer is told with its status, text and headers', async (t) => {
  const { url } = await startReceiver(t, answerWith(503, { why: 'full' }, { 'retry-after': '7', location: '/there' }));
  assert.deepEqual(await useClient(t)(url), {
    kind: 'answered',
    status: 503,
    contentType: 'application/json',
    location: '/there',
    retryAfter: '7',
    text: '{"why":"full"}',
  });
});

test('an answer of 1 MiB is read, and of a longer one nothing', async (t) => {
  const MIB = 1024 * 1024;
  const { url } = await startReceiver(t, ({ body, response }) => response.end('x'.repeat(body.length)));
  const post = useClient(t);
  const [whole, longer] = [
    await post(url, { body: JSON.stringify({ length: MIB }) }),
    await post(url, { body: JSON.stringify({ length: MIB + 1 }) }),
  ];
  assert.equal(whole.kind === 'answered' && whole.text?.length, MIB);
  assert.deepEqual(longer.kind === 'answered' && [longer.status, longer.text], [200, undefined]);
});

test('a redirect is told and not followed', async (t) => {
  const other = await startReceiver(t, answerWith(200));
  const { url } = await startReceiver(t, answerWith(307, undefined, { location: other.url }));
  const answer = await useClient(t)(url);
  assert.deepEqual(answer.kind === 'answered' && [answer.status, answer.location], [307, other.url]);
  assert.equal(other.received.length, 0);
});

test('an endpoint that says nothing in time is given up, and its connection closed', async (t) => {
  const { url, received } = await startReceiver(t, () => {});
  const answer = await useClient(t)(url, { timeoutSeconds: 0.1 });
  assert.deepEqual(answer, { kind: 'timed_out', timeoutSeconds: 0.1 });
  const response = received[0]?.response;
  if (response?.destroyed === false) await once(response, 'close');
});

test('an answer that never ends is given up when the time is over', async (t) => {
  const { url } = await startReceiver(t, ({ response }) => response.write('{"reply":'));
  assert.equal((await useClient(t)(url, { timeoutSeconds: 0.1 })).kind, 'timed_out');
});

test('an endpoint that is not there is unreachable, and it is said why', async (t) => {
  const url = await deadUrl();
  const post = useClient(t);
  for (const each of [url, url.replace('127.0.0.1', 'localhost')]) {
    const answer = await post(each);
    assert.match(answer.kind === 'unreachable' ? answer.message : '', /ECONNREFUSED/);
  }
});

test('a connection that breaks in the middle of an answer makes the endpoint unreachable', async (t) => {
  const { url } = await startReceiver(t, ({ response }) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  assert.equal((await useClient(t)(url)).kind, 'unreachable');
});

test('localhost that a name server leads elsewhere is not connected to', async (t) => {
  const { url, received } = await startReceiver(t, answerWith(200));
  const post = useClient(t, (_name, _options, done) => done(null, [{ address: '192.0.2.1', family: 4 }]));
  const answer = await post(url.replace('127.0.0.1', 'localhost'));
  assert.match(answer.kind === 'unreachable' ? answer.message : '', /does not lead to this machine/);
  assert.equal(received.length, 0);
});

test('a call that is not wanted any more ends at once, before its answer or in it', async (t) => {
  for (const beginning of ['', '{"reply":']) {
    const { url, received, came } = await startReceiver(t, ({ response }) => {
      if (beginning !== '') response.write(beginning);
    });
    const end = new AbortController();
    const answer = useClient(t)(url, { signal: end.signal });
    await came(1);
    end.abort();
    assert.deepEqual(await answer, { kind: 'abandoned' });
    const response = received[0]?.response;
    if (response?.destroyed === false) await once(response, 'close');
  }
});

test('a call that nobody wants is not made', async (t) => {
  const { url, received } = await startReceiver(t, answerWith(200));
  assert.deepEqual(await useClient(t)(url, { signal: AbortSignal.abort() }), { kind: 'abandoned' });
  assert.equal(received.length, 0);
});
