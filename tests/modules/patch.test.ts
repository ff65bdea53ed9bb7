import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
const descriptor = {
  description: 'Works through batches',
  capabilities: ['a', 'b'],
  dataTypes: { consumes: ['batch'], produces: ['summary'] },
};

/** A test with a Worker that nobody has patched. */
const onFreshModule = (name: string, work: () => Promise<void>): void => {
  test(name, async () => {
    await hub.call('DELETE', '/v1/modules/Worker');
    await hub.call('PUT', '/v1/modules/Worker', descriptor);
    await work();
  });
};

const patch = (body: unknown, headers?: Readonly<Record<string, string>>) =>
  hub.call('PATCH', '/v1/modules/Worker', body, headers);

onFreshModule('a patch changes what it names, removes what it sets to null, and leaves the rest', async () => {
  const change = {
    version: '2',
    capabilities: ['c'],
    dataTypes: { consumes: null, produces: ['report'] },
    description: null,
  };
  const { status, headers, body } = await patch(change);
  assert.deepEqual([status, headers.get('etag')], [200, '"2"']);
  assert.deepEqual([body.version, body.capabilities, body.description], ['2', ['c'], undefined]);
  assert.deepEqual(body.dataTypes, { produces: ['report'] });
  assert.deepEqual((await hub.call('GET', '/v1/modules/Worker')).body, body);
});

onFreshModule('a patch may come under the name that RFC 7396 gives it', async () => {
  const { status, body } = await patch({ version: '2' }, { 'content-type': 'application/merge-patch+json' });
  assert.deepEqual([status, body.version], [200, '2']);
});

onFreshModule('a patch of nothing changes nothing', async () => {
  const { status, body } = await patch({});
  assert.deepEqual([status, body.revision], [200, 1]);
});

onFreshModule('a patch with which the descriptor would not be valid is refused as a whole', async () => {
  for (const [change, pointer] of [
    [{ version: '2', capabilities: 'all' }, '/capabilities'],
    [{ version: '2', capabilites: ['a'] }, '/capabilites'],
    [{ version: '2', dataTypes: { eats: [] } }, '/dataTypes/eats'],
    [{ version: '2', inputSchema: { type: 'strin' } }, '/inputSchema'],
    [{ version: '2', name: 'Other' }, '/name'],
  ] as const) {
    const { status, body } = await patch(change);
    assert.deepEqual([status, body.code], [400, 'invalid_request'], pointer);
    assert.ok(
      body.errors.some((error: { pointer: string }) => error.pointer === pointer),
      JSON.stringify(body.errors),
    );
  }
  assert.equal((await hub.call('GET', '/v1/modules/Worker')).body.revision, 1);
});

onFreshModule('what is no object is no patch', async () => {
  for (const body of [[], 'text', 5, null]) assert.equal((await patch(JSON.stringify(body))).status, 400);
});

onFreshModule('a patch can be made only to what one has seen', async () => {
  assert.equal((await patch({ version: '2' }, { 'if-match': '"1"' })).status, 200);
  const { status, body } = await patch({ version: '3' }, { 'if-match': '"1"' });
  assert.deepEqual([status, body.code], [412, 'precondition_failed']);
  assert.equal((await hub.call('GET', '/v1/modules/Worker')).body.version, '2');
});

onFreshModule('a module that is not there cannot be patched', async () => {
  const { status, body } = await hub.call('PATCH', '/v1/modules/Nobody', {});
  assert.deepEqual([status, body.code], [404, 'module_not_found']);
});
