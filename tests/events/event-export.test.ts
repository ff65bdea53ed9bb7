import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { startHubThatKeepsFrom4 } from '../support/pruned-events.js';
import { shareHub } from '../support/shared-hub.js';
import { register } from '../support/stream-client.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

const hub = await shareHub();
await register(hub, 'Producer', 'Worker');
const producer = await createKey(hub, { scope: 'module', module: 'Producer' });
const capability = 'say "hi", twice';
await hub.call('PUT', '/v1/modules/Worker', { capabilities: [capability] });
await producer.call('POST', '/v1/messages', { capability });

const exportOf = async ({ url, key }: TestHub, query: string) => {
  const response = await fetch(`${url}/v1/events/export${query}`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, headers: response.headers, body: await response.text() };
};
const exported = (query: string) => exportOf(hub, query);
const page = async (query: string): Promise<object[]> => (await hub.call('GET', `/v1/events${query}`)).body.items;

test('the log as JSON lines is the log', async () => {
  const { headers, body } = await exported('?format=jsonl');
  assert.equal(headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
  const lines = body.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    await page(''),
  );
  assert.equal((await exported('')).headers.get('content-disposition'), 'attachment; filename="events.jsonl"');
});

test('as CSV it has a row for each event, with who did it, and what is quoted stays whole', async () => {
  const { headers, body } = await exported('?format=csv&types=message.sent');
  assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8');
  const [head, row, ...rest] = body.split('\r\n');
  assert.deepEqual(head!.split(',').slice(0, 5), ['seq', 'type', 'at', 'by', 'module']);
  assert.match(row!, new RegExp(`^\\d+,message\\.sent,[^,]+,${producer.id},Worker,,msg_1,,,,,"`));
  const [, quoted] = /"((?:[^"]|"")*)"$/.exec(row!) ?? [];
  assert.equal(JSON.parse(quoted!.replaceAll('""', '"')).capability, capability);
  assert.deepEqual(rest, ['']);
});

test('what is exported is filtered, and begins after a number', async () => {
  const [last] = (await page('?types=message.sent')).slice(-1) as [{ seq: number }];
  assert.deepEqual((await exported(`?after=${last.seq - 1}&module=Producer`)).body.trim().split('\n').length, 1);
  assert.equal((await exported(`?after=${last.seq}`)).body, '');
  assert.equal((await exported('?format=xml')).status, 400);
});

test('what is not kept any more cannot be exported, and that is said', async (t) => {
  const pruned = await startHubThatKeepsFrom4(t);
  assert.equal((await exportOf(pruned, '?after=1')).status, 410);
  assert.equal((await exportOf(pruned, '')).body.split('\n')[0]!.startsWith('{"seq":4,'), true);
});

test('nothing in the API changes an event', async (t) => {
  const { hub: running, call } = await startTestHub(t);
  const { paths } = JSON.parse(JSON.stringify(running.app.swagger())) as { paths: Record<string, object> };
  const methods = Object.entries(paths).filter(([path]) => path.startsWith('/v1/events'));
  assert.ok(methods.length >= 2);
  for (const [path, operations] of methods) assert.deepEqual(Object.keys(operations), ['get'], path);
  for (const method of ['DELETE', 'PUT', 'PATCH', 'POST'])
    assert.ok([404, 405].includes((await call(method, '/v1/events/1', method === 'DELETE' ? undefined : {})).status));
});
