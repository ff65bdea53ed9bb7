import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
const descriptor = {
  version: '1.2.0',
  description: 'Works through batches',
  capabilities: ['data_processing'],
  dataTypes: { consumes: ['batch'], produces: ['summary'] },
  limits: { maxPending: 100 },
  metadata: { team: 'blue' },
};

/** Types of what happened to the module. */
const happenedTo = async (module: string): Promise<string[]> => {
  const { body } = await hub.call('GET', `/v1/events?module=${module}`);
  return body.items.map(({ type }: { type: string }) => type);
};

test('a module that is registered is there, with all that it said and what the hub knows of it', async () => {
  const { status, headers, body } = await hub.call('PUT', '/v1/modules/First', descriptor);
  assert.deepEqual([status, headers.get('etag')], [201, '"1"']);
  const { createdAt, updatedAt, lastHeartbeatAt, ...rest } = body;
  const known = { name: 'First', runtime: { type: 'pull' }, status: 'active', source: 'api', revision: 1 };
  assert.deepEqual(rest, { ...descriptor, ...known });
  assert.ok(
    createdAt === updatedAt && createdAt === lastHeartbeatAt && Math.abs(Date.parse(createdAt) - Date.now()) < 60_000,
  );
  const found = await hub.call('GET', '/v1/modules/First');
  assert.deepEqual([found.status, found.headers.get('etag'), found.body], [200, '"1"', body]);
  const { items } = (await hub.call('GET', '/v1/events?types=module.registered&module=First')).body;
  assert.deepEqual(items[0].data.capabilities, ['data_processing']);
});

test('to register again replaces the whole descriptor', async () => {
  await hub.call('PUT', '/v1/modules/Again', descriptor);
  const { status, headers, body } = await hub.call('PUT', '/v1/modules/Again', { description: 'Another one' });
  assert.deepEqual([status, headers.get('etag'), body.revision], [200, '"2"', 2]);
  assert.deepEqual([body.description, body.version, body.capabilities], ['Another one', undefined, undefined]);
  assert.deepEqual(await happenedTo('Again'), ['module.registered', 'module.updated']);
});

test('to register the same again changes nothing but the heartbeat', async () => {
  await hub.call('PUT', '/v1/modules/Same', descriptor);
  const { status, headers, body } = await hub.call('PUT', '/v1/modules/Same', descriptor);
  assert.deepEqual([status, headers.get('etag'), body.revision], [200, '"1"', 1]);
  assert.deepEqual(await happenedTo('Same'), ['module.registered']);
});

test('the name in the descriptor may be the one in the address', async () => {
  assert.equal((await hub.call('PUT', '/v1/modules/Named', { name: 'Named' })).status, 201);
});

test('every name that the pattern allows can be registered, found and removed', async () => {
  for (const name of ['a', 'Z9', 'a.b-c_d', 'constructor', 'toString', 'hasOwnProperty', 'N'.repeat(64)]) {
    assert.equal((await hub.call('PUT', `/v1/modules/${name}`, {})).status, 201, name);
    assert.equal((await hub.call('GET', `/v1/modules/${name}`)).body.name, name);
    assert.equal((await hub.call('DELETE', `/v1/modules/${name}`)).status, 204);
    assert.equal((await hub.call('GET', `/v1/modules/${name}`)).status, 404);
  }
});

test('a change can be made only to what one has seen', async () => {
  await hub.call('PUT', '/v1/modules/Seen', {});
  const put = (ifMatch: string, version: string) =>
    hub.call('PUT', '/v1/modules/Seen', { version }, { 'if-match': ifMatch });
  assert.equal((await put('"1"', 'two')).status, 200);
  const late = await put('"1"', 'three');
  assert.deepEqual([late.status, late.body.code], [412, 'precondition_failed']);
  assert.equal((await put('*', 'four')).status, 200);
  assert.equal((await hub.call('GET', '/v1/modules/Seen')).body.version, 'four');
});

test('a change to what should be there is not made to what is not', async () => {
  for (const ifMatch of ['*', '"1"']) {
    const { status, body } = await hub.call('PUT', '/v1/modules/Missing', {}, { 'if-match': ifMatch });
    assert.deepEqual([status, body.code], [412, 'precondition_failed']);
  }
  assert.equal((await hub.call('GET', '/v1/modules/Missing')).status, 404);
});

test('of many who change what they have seen at the same time, one does', async () => {
  await hub.call('PUT', '/v1/modules/Contended', {});
  const changes = Array.from({ length: 20 }, (_, index) =>
    hub.call('PUT', '/v1/modules/Contended', { version: `${index}` }, { 'if-match': '"1"' }),
  );
  const statuses = (await Promise.all(changes)).map(({ status }) => status);
  assert.deepEqual(
    [statuses.filter((status) => status === 200).length, statuses.filter((s) => s === 412).length],
    [1, 19],
  );
});

for (const type of ['application/yaml', 'text/yaml', 'application/yaml; charset=utf-8']) {
  test(`a descriptor may come as ${type}`, async () => {
    const yaml = '# ours\ndescription: In YAML\ncapabilities:\n  - a\n  - b\n';
    const { body } = await hub.call('PUT', '/v1/modules/Yaml', yaml, { 'content-type': type });
    assert.deepEqual([body.description, body.capabilities], ['In YAML', ['a', 'b']]);
  });
}

test('bad YAML is refused with the line, and a bad descriptor in YAML with the place', async () => {
  const put = (yaml: string) => hub.call('PUT', '/v1/modules/BadYaml', yaml, { 'content-type': 'application/yaml' });
  const broken = await put('description: ok\n  capabilities: [a]\n');
  assert.deepEqual([broken.status, broken.body.code], [400, 'invalid_yaml']);
  assert.match(broken.body.detail, /^line 1, column \d+: |^line 2, column \d+: /);
  const wrong = await put('capabilities: all of them\n');
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [400, '/capabilities']);
  assert.equal((await hub.call('GET', '/v1/modules/BadYaml')).status, 404);
});

test('what a module says at its heartbeat stands beside its descriptor, and survives a new descriptor', async () => {
  await hub.call('PUT', '/v1/modules/Beating', {});
  const heartbeat = { status: 'busy', currentTask: 'batch 7', metrics: { rows: 7 } };
  const { body } = await hub.call('POST', '/v1/modules/Beating/heartbeat', heartbeat);
  assert.deepEqual([body.currentTask, body.metrics, body.revision], ['batch 7', { rows: 7 }, 1]);
  await hub.call('PUT', '/v1/modules/Beating', { version: '2' });
  const later = (await hub.call('GET', '/v1/modules/Beating')).body;
  assert.deepEqual([later.currentTask, later.version], ['batch 7', '2']);
  const { status } = await hub.call('POST', '/v1/modules/Beating/heartbeat');
  assert.equal(status, 200);
  assert.equal((await hub.call('GET', '/v1/modules/Beating')).body.currentTask, undefined);
});
