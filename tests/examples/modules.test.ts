import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fitProblems } from '../../src/modules/user-schema.js';
import { shareHub } from '../support/shared-hub.js';

const folder = fileURLToPath(new URL('../../examples/modules', import.meta.url));
const hub = await shareHub({ settings: { GRANGER_MODULES: folder, GRANGER_AGENTS_MAX: '0' } });
await hub.call('PUT', '/v1/modules/Librarian', {
  runtime: 'claude',
  dataTypes: { consumes: ['markdown'], produces: ['pdf'] },
});

const send = async (to: string, payload: object): Promise<number> =>
  (await hub.call('POST', '/v1/messages', { from: 'Librarian', to, payload })).status;

test('the descriptors of the examples are loaded from their folder', async () => {
  const { items } = (await hub.call('GET', '/v1/modules')).body;
  const loaded = items.filter(({ source }: { source: string }) => source === 'folder');
  assert.deepEqual(
    loaded.map(({ name, runtime }: { name: string; runtime: object }) => [name, runtime]),
    [
      ['ArangoDB', { type: 'pull' }],
      ['Marker', { type: 'pull' }],
    ],
  );
  const found = async (query: string) =>
    (await hub.call('GET', `/v1/modules?${query}`)).body.items.map(({ name }: { name: string }) => name);
  assert.deepEqual(await found('capability=graph_traversal'), ['ArangoDB']);
  assert.deepEqual(await found('consumes=pdf'), ['Marker']);
  assert.deepEqual(await found('consumes=document_blocks'), ['ArangoDB'], 'what Marker gives, ArangoDB takes');
});

const requests: readonly [to: string, payload: object, status: number][] = [
  ['Marker', { document: { path: '/papers/2001.pdf' } }, 201],
  ['Marker', { document: { url: 'https://example.org/a.pdf' }, outputFormat: 'json', pages: '0,5-10' }, 201],
  ['Marker', {}, 422],
  ['Marker', { document: { path: 'a.pdf' }, pages: 'all' }, 422],
  ['Marker', { document: { path: 'a.pdf', url: 'https://example.org/a.pdf' } }, 422],
  ['Marker', { document: { path: 'a.pdf' }, colour: true }, 422],
  ['ArangoDB', { operation: 'query', aql: 'FOR d IN papers FILTER d.year == @y RETURN d', bindVars: { y: 2001 } }, 201],
  ['ArangoDB', { operation: 'query' }, 422],
  ['ArangoDB', { operation: 'get', id: 'papers/2001' }, 201],
  ['ArangoDB', { operation: 'get', id: '2001' }, 422],
  ['ArangoDB', { operation: 'put', collection: 'papers', document: { _key: '2001' } }, 201],
  ['ArangoDB', { operation: 'link', collection: 'cites', from: 'papers/1', to: 'papers/2' }, 201],
  ['ArangoDB', { operation: 'traverse', from: 'papers/1', graph: 'citations', maxDepth: 3 }, 201],
  ['ArangoDB', { operation: 'traverse', from: 'papers/1', graph: 'citations', maxDepth: 300 }, 422],
  ['ArangoDB', { operation: 'collections' }, 201],
  ['ArangoDB', { operation: 'drop' }, 422],
];
for (const [to, payload, status] of requests) {
  test(`${to} answers ${status} to ${JSON.stringify(payload)}`, async () => {
    assert.equal(await send(to, payload), status);
  });
}

test('what they answer fits what they say that they answer', async () => {
  const schemaOf = async (name: string) => (await hub.call('GET', `/v1/modules/${name}`)).body.outputSchema;
  const marker = await schemaOf('Marker');
  const block = {
    id: '/page/0/Table/1',
    type: 'Table',
    page: 0,
    polygon: [[0, 0]],
    children: [{ id: 'a', type: 'Text' }],
  };
  assert.deepEqual(fitProblems(marker, { format: 'json', pages: 1, blocks: [block] }, ''), []);
  assert.ok(fitProblems(marker, { format: 'json', pages: 1, blocks: [{ ...block, children: [{}] }] }, '').length > 0);
  const arango = await schemaOf('ArangoDB');
  assert.deepEqual(fitProblems(arango, { operation: 'traverse', paths: [{ vertices: [{}], edges: [] }] }, ''), []);
  assert.ok(fitProblems(arango, { operation: 'traverse', paths: [{}] }, '').length > 0);
});

test('an agent is told which data types meet', async () => {
  const { turn } = (await hub.call('GET', '/v1/modules/Librarian/context?from=Marker')).body;
  assert.match(turn.text, /Marker says of itself: Turns PDF documents/);
  assert.match(turn.text, /It gives what you take: markdown\.\nIt takes what you give: pdf\./);
});
