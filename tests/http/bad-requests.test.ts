import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { rawBytes } from '../support/raw-request.js';
import { type Answer, startTestHub, type TestHub } from '../support/test-hub.js';

// Bad input: each its own clear problem, nothing stored, nothing logged as an error.

interface BadRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
  /** In the detail, or in a pointer or message of `errors`. */
  readonly says?: RegExp;
}

const message = { from: 'Known', to: 'Known', payload: {} };
const yaml = { 'content-type': 'application/yaml' };
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const invalid = { status: 400, code: 'invalid_request' } as const;

const badRequests: Readonly<Record<string, BadRequest>> = {
  'malformed JSON': { path: '/v1/messages', body: '{"from": "Known",', status: 400, code: 'invalid_json' },
  'an empty body': { path: '/v1/messages', body: '', status: 400, code: 'invalid_json', says: /empty/ },
  'no body': { path: '/v1/messages', ...invalid, says: /must be object/ },
  'an unknown field of a message': {
    path: '/v1/messages',
    body: { ...message, priorty: 9 },
    ...invalid,
    says: /\/priorty is not a known field/,
  },
  'an unknown field of a descriptor': {
    method: 'PUT',
    path: '/v1/modules/New',
    body: { capabilites: ['x'] },
    ...invalid,
    says: /\/capabilites is not a known field/,
  },
  'an unknown field of a heartbeat': {
    path: '/v1/modules/Known/heartbeat',
    body: { task: 'x' },
    ...invalid,
    says: /task/,
  },
  'an unknown field of a key': { path: '/v1/keys', body: { scope: 'observer', name: 'x' }, ...invalid, says: /name/ },
  'an unknown field where none is taken': {
    method: 'PUT',
    path: '/v1/channels/general/subscriptions/Known',
    body: { fair: true },
    ...invalid,
    says: /fair/,
  },
  'a wrong type': {
    path: '/v1/messages',
    body: { ...message, priority: 'high' },
    ...invalid,
    says: /\/priority must be/,
  },
  'a number out of bounds': { path: '/v1/messages', body: { ...message, priority: 11 }, ...invalid, says: /<= 10/ },
  'an array where an object belongs': { method: 'PUT', path: '/v1/modules/New', body: [], ...invalid, says: /object/ },
  'null where an object belongs': { method: 'PUT', path: '/v1/modules/New', body: null, ...invalid, says: /object/ },
  'a module name out of the pattern': { method: 'PUT', path: '/v1/modules/1st', body: {}, ...invalid, says: /\/name/ },
  'a module name that is too long': { method: 'PUT', path: `/v1/modules/${'N'.repeat(65)}`, body: {}, ...invalid },
  'a channel name out of the pattern': {
    method: 'PUT',
    path: '/v1/channels/two%20words/subscriptions/Known',
    ...invalid,
    says: /\/channel/,
  },
  'a sender out of the pattern': {
    path: '/v1/messages',
    body: { ...message, from: 'a b' },
    ...invalid,
    says: /\/from/,
  },
  'a name that is not the one in the address': {
    method: 'PUT',
    path: '/v1/modules/New',
    body: { name: 'Other' },
    ...invalid,
    says: /\/name/,
  },
  'a payload over 1 MiB': {
    path: '/v1/messages',
    body: { ...message, payload: 'x'.repeat(1024 * 1024) },
    status: 413,
    code: 'body_too_large',
  },
  'a payload that is nested too deeply': {
    path: '/v1/messages',
    body: `{"from":"Known","to":"Known","payload":${nested(100_000)}}`,
    ...invalid,
    says: /nested/,
  },
  'a descriptor that is nested too deeply': {
    method: 'PUT',
    path: '/v1/modules/New',
    body: `{"metadata":{"a":${nested(100_000)}}}`,
    ...invalid,
    says: /nested/,
  },
  'a YAML body that is nested too deeply': {
    method: 'PUT',
    path: '/v1/modules/New',
    body: `metadata: ${nested(1000)}`,
    headers: yaml,
    status: 400,
    code: 'invalid_yaml',
    says: /nested/,
  },
  'bad YAML': {
    method: 'PUT',
    path: '/v1/modules/New',
    body: 'description: ok\ncapabilities: [a, b\n',
    headers: yaml,
    status: 400,
    code: 'invalid_yaml',
    says: /line 3/,
  },
  'a receiver that is not there': {
    path: '/v1/messages',
    body: { ...message, to: 'Nobody' },
    status: 404,
    code: 'module_not_found',
    says: /Nobody/,
  },
  'a sender that is not there': {
    path: '/v1/messages',
    body: { ...message, from: 'Nobody' },
    status: 404,
    code: 'module_not_found',
  },
  'a module that is not there': { method: 'GET', path: '/v1/modules/Nobody', status: 404, code: 'module_not_found' },
  'a heartbeat of a module that is not there': {
    path: '/v1/modules/Nobody/heartbeat',
    body: {},
    status: 404,
    code: 'module_not_found',
  },
  'a message that is not there': { method: 'GET', path: '/v1/messages/msg_99', status: 404, code: 'message_not_found' },
  'an id of another noun': { method: 'GET', path: '/v1/messages/dlv_1', status: 404, code: 'message_not_found' },
  'a key that is not there': { method: 'DELETE', path: '/v1/keys/key_99', status: 404, code: 'key_not_found' },
  'a capability that nobody has': {
    path: '/v1/messages',
    body: { from: 'Known', capability: 'flying' },
    status: 409,
    code: 'no_capable_module',
  },
  'text where JSON belongs': {
    path: '/v1/messages',
    body: JSON.stringify(message),
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  'a form where JSON belongs': {
    path: '/v1/messages',
    body: 'from=Known',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
  },
  'a media type that is none': {
    path: '/v1/messages',
    body: JSON.stringify(message),
    headers: { 'content-type': 'json' },
    status: 415,
    code: 'unsupported_media_type',
  },
  'an unknown address': {
    method: 'GET',
    path: '/v1/mesages',
    status: 404,
    code: 'not_found',
    says: /GET \/v1\/mesages/,
  },
  'a method that the address does not take': { method: 'DELETE', path: '/v1/messages', status: 404, code: 'not_found' },
  'an address that cannot be read': { method: 'GET', path: '/v1/modules/%zz', ...invalid, says: /%zz/ },
  'an address that is too long': { method: 'GET', path: `/v1/modules/${'N'.repeat(300)}`, ...invalid },
  'the address of the socket, without a socket': { method: 'GET', path: '/v1/stream', ...invalid, says: /WebSocket/ },
  'a cursor of no list': { method: 'GET', path: '/v1/messages?cursor=abc', ...invalid, says: /\/cursor/ },
  'a cursor of no list of events': { method: 'GET', path: '/v1/events?cursor=abc', ...invalid, says: /\/cursor/ },
  'a limit of nothing': { method: 'GET', path: '/v1/modules?limit=0', ...invalid, says: /\/limit must be >= 1/ },
  'a limit that is too much': { method: 'GET', path: '/v1/messages?limit=1001', ...invalid, says: /<= 1000/ },
  'a limit that is no number': { method: 'GET', path: '/v1/events?limit=all', ...invalid, says: /\/limit/ },
  'an event number that cannot be': {
    method: 'GET',
    path: '/v1/events?after=99999999999999999999',
    ...invalid,
    says: /\/after/,
  },
  'an unknown word in a query': {
    method: 'GET',
    path: '/v1/events?type=message.sent',
    ...invalid,
    says: /The query is not valid: \/type/,
  },
  'an unknown word in the query of the keys': {
    method: 'GET',
    path: '/v1/keys?scope=admin',
    ...invalid,
    says: /scope/,
  },
  'a wrong word in a query': { method: 'GET', path: '/v1/modules?status=asleep', ...invalid, says: /\/status/ },
  'a filter that is no id': { method: 'GET', path: '/v1/events?message=48213', ...invalid, says: /msg_123/ },
  'a filter of events that is none': { method: 'GET', path: '/v1/events?types=Message', ...invalid, says: /\/types/ },
  'a module key without its module': { path: '/v1/keys', body: { scope: 'module' }, ...invalid, says: /\/module/ },
  'an observer key with a module': {
    path: '/v1/keys',
    body: { scope: 'observer', module: 'Known' },
    ...invalid,
    says: /\/module/,
  },
};

const saidBy = ({ body }: Answer): string =>
  [body.detail, ...(body.errors ?? []).flatMap((error: object) => Object.values(error).join(' '))].join('\n');

const lastSeq = async (hub: TestHub): Promise<number> => (await hub.call('GET', '/v1/stats')).body.events.lastSeq;

function checkProblem({ status, headers, body }: Answer, expected: BadRequest): void {
  assert.deepEqual([status, body.code, body.status], [expected.status, expected.code, expected.status]);
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json\b/);
  assert.match(body.instance, /^req-\w+-\d+$/);
  assert.equal(body.type, `urn:granger:problem:${expected.code}`);
  assert.ok(body.title.length > 0 && body.detail.length > 0);
}

test('every bad request is answered with its own problem, and leaves no trace', async (t: TestContext) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Known', {});
  const before = await lastSeq(hub);
  for (const [what, { method = 'POST', path, body, headers, ...expected }] of Object.entries(badRequests)) {
    await t.test(what, async () => {
      const answer = await hub.call(method, path, body, headers);
      checkProblem(answer, { path, ...expected });
      if (expected.says !== undefined) assert.match(saidBy(answer), expected.says);
    });
  }
  await t.test('nothing was stored', async () => {
    assert.equal(await lastSeq(hub), before);
    assert.deepEqual((await hub.call('GET', '/v1/messages')).body.items, []);
    assert.equal((await hub.call('GET', '/v1/modules')).body.items.length, 1);
  });
  await t.test('nothing was logged as an error', () => assert.deepEqual(hub.errors, []));
});

test('what is not HTTP gets a problem too', async (t) => {
  const hub = await startTestHub(t);
  for (const bytes of [
    'GARBAGE\r\n\r\n',
    `GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`,
  ]) {
    const answer = await rawBytes(hub.url, bytes);
    assert.match(answer, /^HTTP\/1\.1 400 .*content-type: application\/problem\+json.*"code":"invalid_request"/is);
  }
  assert.deepEqual(hub.errors, []);
});
