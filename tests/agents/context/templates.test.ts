import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKey } from '../../support/hub-keys.js';
import { shareHub } from '../../support/shared-hub.js';
import { makeFolder, startTestHub } from '../../support/test-hub.js';

// Templates as rows and files, and what they make of a turn. No agent is ever started here.

const hub = await shareHub({ settings: { GRANGER_AGENTS_MAX: '0' } });

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any;

const put = (name: string, body: object) => hub.call('PUT', `/v1/templates/${name}`, body);
const get = async (path: string): Promise<Json> => (await hub.call('GET', path)).body;
const contextOf = async (query = ''): Promise<Json> => await get(`/v1/modules/Agent/context?${query}`);
await hub.call('PUT', '/v1/modules/Producer', { description: 'Produces numbers' });
const describeAgent = (context: object = {}) =>
  hub.call('PUT', '/v1/modules/Agent', { runtime: 'claude', description: 'Counts', context });
await describeAgent();

test('the templates that the hub brings can be seen', async () => {
  const { items } = await get('/v1/templates');
  assert.deepEqual(
    items.map(({ name, source }: Json) => `${name} ${source}`),
    ['error', 'follow-up', 'message', 'multi-turn', 'query', 'response', 'system'].map((name) => `${name} builtin`),
  );
  const { extends: parent, parts } = await get('/v1/templates/query');
  assert.deepEqual([parent, parts[0].name], ['message', 'asker']);
});

test('a template is kept with its revisions, of which each can be seen', async () => {
  const first = await put('kept', { version: '1.0', parts: [{ name: 'a', text: 'one' }] });
  assert.deepEqual([first.status, first.body.revision, first.body.source], [201, 1, 'stored']);
  const again = await put('kept', { version: '1.0', parts: [{ name: 'a', text: 'one' }] });
  assert.deepEqual([again.status, again.body.revision], [200, 1]);
  const second = await put('kept', { name: 'kept', parts: [{ name: 'a', text: 'two' }] });
  assert.deepEqual([second.status, second.body.revision], [200, 2]);
  assert.deepEqual((await get('/v1/templates/kept')).parts, [{ name: 'a', text: 'two' }]);
  assert.equal((await get('/v1/templates/kept?revision=1')).version, '1.0');
  assert.equal((await get('/v1/templates/kept?revision=3')).code, 'template_not_found');
  const { items } = await get('/v1/events?types=template.*');
  assert.deepEqual(
    items.filter(({ data }: Json) => data.name === 'kept').map(({ type, data }: Json) => [type, data.revision]),
    [
      ['template.saved', 1],
      ['template.saved', 2],
    ],
  );
  assert.equal((await hub.call('DELETE', '/v1/templates/kept')).status, 204);
  assert.equal((await hub.call('DELETE', '/v1/templates/kept')).status, 404);
});

const refused: readonly [what: string, body: object, status: number, pointer: string, message: RegExp][] = [
  [
    'an unknown variable',
    {
      parts: [
        { name: 'a', text: 'ok' },
        { name: 'b', text: 'Dear\n  {{asker.nmae}}' },
      ],
    },
    422,
    '/parts/1/text',
    /line 2, column 3: there is no variable \{\{asker\.nmae\}\}/,
  ],
  [
    'who asks, in a system prompt',
    { for: 'system', parts: [{ name: 'a', text: '{{asker.name}}' }] },
    422,
    '/parts/0/text',
    /no variable/,
  ],
  [
    'a parameter that is not declared',
    { parts: [{ name: 'a', text: '{{parameters.x}}' }] },
    422,
    '/parts/0/text',
    /no variable/,
  ],
  ['a section left open', { parts: [{ name: 'a', text: '{{#message.text}}' }] }, 422, '/parts/0/text', /not closed/],
  ['a parent that is not there', { extends: 'nowhere', parts: [] }, 422, '/extends', /no template nowhere/],
  ['a parent of the other sort', { for: 'turn', extends: 'system', parts: [] }, 422, '/for', /must be system/],
  ['another name than the address', { name: 'other', parts: [] }, 400, '/name', /in the address/],
  ['an unknown field', { parts: [], script: 'x' }, 400, '/script', /not a known field/],
  ['a text that is too long', { parts: [{ name: 'a', text: 'x'.repeat(20_000) }] }, 400, '/parts/0/text', /16384/],
  [
    'too many parts',
    { parts: Array.from({ length: 51 }, (_, n) => ({ name: `p${n}`, text: 'x' })) },
    400,
    '/parts',
    /50/,
  ],
];
for (const [what, body, status, pointer, message] of refused) {
  test(`${what} is refused at the upload, with its place`, async () => {
    const answer = await put('refused', body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    const fault = answer.body.errors.find((each: Json) => each.pointer === pointer);
    assert.match(fault?.message ?? JSON.stringify(answer.body), message);
    assert.equal((await get('/v1/templates/refused')).code, 'template_not_found');
  });
}

test('templates that extend each other in a circle are refused', async () => {
  await put('round', { parts: [] });
  await put('about', { extends: 'round', parts: [] });
  const { status, body } = await put('round', { extends: 'about', parts: [] });
  assert.deepEqual([status, body.code, body.errors[0].pointer], [422, 'template_invalid', '/extends']);
  const needed = await hub.call('DELETE', '/v1/templates/round');
  assert.deepEqual([needed.status, needed.body.code], [409, 'conflict']);
});

test('a chain of templates has an end', async () => {
  await put('link0', { parts: [] });
  let status = 0;
  for (let n = 1; n < 12; n++) ({ status } = await put(`link${n}`, { extends: `link${n - 1}`, parts: [] }));
  assert.equal(status, 422);
});

test('what is shown names its parts, its tokens and where its templates come from', async () => {
  const { module, from, tokenBudget, tokens, system, turn } = await contextOf('from=Producer&template=query');
  assert.deepEqual([module, from, tokenBudget], ['Agent', 'Producer', 20_000]);
  assert.equal(tokens, system.tokens + turn.tokens);
  assert.match(system.text, /^You are Agent, a module/);
  assert.match(turn.text, /^Producer says of itself: Produces numbers\n\nMessage msg_0 of type request from Producer:/);
  assert.deepEqual(turn.template, { name: 'query', source: 'builtin' });
  assert.deepEqual(
    turn.parts.map(({ name }: Json) => name),
    ['asker', 'heading', 'text'],
  );
  for (const kind of ['follow-up', 'multi-turn', 'response', 'error', 'message'])
    assert.equal((await contextOf(`from=Producer&template=${kind}`)).turn.template.name, kind);
});

test('whom nobody knows is not found', async () => {
  const codes = [];
  for (const path of ['Nobody/context', 'Agent/context?from=Nobody', 'Agent/context?message=msg_999999'])
    codes.push((await get(`/v1/modules/${path}`)).code);
  codes.push((await contextOf('template=nowhere')).code, (await contextOf('message=x')).code);
  assert.deepEqual(codes, [
    'module_not_found',
    'module_not_found',
    'message_not_found',
    'template_not_found',
    'message_not_found',
  ]);
});

test('a template of one’s own changes parts, adds some, takes some away, and has parameters', async () => {
  await put('friendly', {
    extends: 'query',
    version: '2.1',
    parameters: { tone: 'friendly', unused: '' },
    parts: [
      { name: 'asker', text: null },
      { name: 'tone', keep: 'always', before: 'heading', text: 'Be {{parameters.tone}} to {{asker.name}}.' },
      { name: 'end', text: 'Thank you.' },
    ],
  });
  await describeAgent({ templates: { query: 'friendly' }, parameters: { tone: 'terse' } });
  const { turn } = await contextOf('from=Producer');
  assert.match(turn.text, /^Be terse to Producer\.\n\nMessage msg_0 .*\n\nThank you\.$/s);
  assert.deepEqual(turn.template, { name: 'friendly', source: 'stored', revision: 1, version: '2.1' });
  await describeAgent({ templates: { query: 'friendly' } });
  assert.match((await contextOf('from=Producer')).turn.text, /^Be friendly/);
});

test('one revision of a template can be asked for, and stays what it is', async () => {
  await put('pinned', { extends: 'message', parts: [{ name: 'end', text: 'one' }] });
  await put('pinned', { extends: 'message', parts: [{ name: 'end', text: 'two' }] });
  await put('child', { extends: 'pinned@1', parts: [] });
  await describeAgent({ templates: { query: 'pinned@1', 'follow-up': 'pinned', response: 'child' } });
  const endOf = async (kind: string): Promise<string> =>
    (await contextOf(`from=Producer&template=${kind}`)).turn.text.split('\n').at(-1);
  assert.deepEqual(await Promise.all(['query', 'follow-up', 'response'].map(endOf)), ['one', 'two', 'one']);
});

test('a template by the name of a kind takes its place for all, and may extend what it replaces', async () => {
  await describeAgent();
  await put('query', { extends: 'query', parts: [{ name: 'house', text: 'House rules apply.' }] });
  const { turn } = await contextOf('from=Producer');
  assert.match(turn.text, /^Producer says of itself.*House rules apply\.$/s);
  assert.equal(turn.template.source, 'stored');
  await hub.call('DELETE', '/v1/templates/query');
  assert.equal((await contextOf('from=Producer')).turn.template.source, 'builtin');
});

test('a template that cannot be used is replaced by the hub’s own, which is said', async () => {
  await describeAgent({ templates: { query: 'gone', system: 'query' } });
  const { turn, system } = await contextOf('from=Producer');
  assert.deepEqual([turn.template.name, turn.template.note], ['query', 'There is no template gone.']);
  assert.deepEqual([system.template.name, system.template.note], ['system', 'query is not for the system.']);
});

test('what a message says to an agent is shown, with what was said before', async () => {
  await describeAgent();
  const send = async (payload: unknown): Promise<Json> =>
    (await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Agent', conversationId: 'shown', payload })).body;
  const first = await send('The cat is grey');
  const second = await send({ text: 'What colour is it?', hint: 1 });
  const alone = await contextOf(`message=${first.id}`);
  assert.deepEqual([alone.turn.template.name, alone.turn.text.includes('history')], ['query', false]);
  const { from, turn } = await contextOf(`message=${second.id}`);
  assert.deepEqual([from, turn.template.name, turn.omittedMessages], ['Producer', 'multi-turn', 0]);
  assert.match(turn.text, /<history>\n\[Producer to Agent, \S+, message\]\nThe cat is grey\n<\/history>/);
  assert.match(
    turn.text,
    new RegExp(`Message ${second.id} .*What colour is it\\?\n\nData:\n<data>\n\\{"hint":1\\}`, 's'),
  );
});

test('a text that would grow beyond measure is left out, and that is said', async () => {
  await put('huge', { extends: 'query', parts: [{ name: 'huge', text: '{{answerer.systemPrompt}}'.repeat(600) }] });
  const agent = { runtime: 'claude', systemPrompt: 'x'.repeat(100_000), context: { templates: { query: 'huge' } } };
  await hub.call('PUT', '/v1/modules/Agent', agent);
  const { turn } = await contextOf('from=Producer');
  assert.deepEqual(
    turn.leftOut.map(({ part, reason }: Json) => [part, reason]),
    [['huge', 'too long']],
  );
  await describeAgent();
});

test('templates are for the admin to change and for everybody to read', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Producer' });
  assert.equal((await mine.call('PUT', '/v1/templates/mine', { parts: [] })).status, 403);
  assert.equal((await mine.call('DELETE', '/v1/templates/friendly')).status, 403);
  assert.equal((await mine.call('GET', '/v1/templates/friendly')).status, 200);
  assert.equal((await mine.call('GET', '/v1/modules/Agent/context')).status, 200);
});

const templatesFolder = async (t: TestContext, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = join(await makeFolder(t), 'templates');
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};

test('templates are read from a folder, and a bad file does no harm', async (t) => {
  const folder = await templatesFolder(t, {
    'query.yaml': 'extends: query\nparts:\n  - name: filed\n    text: From a file.\n',
    'named.json': '{"name": "by-name", "extends": "query", "parts": []}',
    'bad.yaml': 'parts: 7',
    'broken.yml': '{',
    'notes.txt': 'not a template',
  });
  const other = await startTestHub(t, { settings: { GRANGER_TEMPLATES: folder, GRANGER_AGENTS_MAX: '0' } });
  await other.call('PUT', '/v1/modules/Agent', { runtime: 'claude' });
  const { items } = (await other.call('GET', '/v1/templates')).body;
  assert.deepEqual(
    items.filter(({ source }: Json) => source === 'file').map(({ name }: Json) => name),
    ['by-name', 'query'],
  );
  const { turn } = (await other.call('GET', '/v1/modules/Agent/context')).body;
  assert.deepEqual([turn.template.source, turn.text.endsWith('From a file.')], ['file', true]);
  await other.call('PUT', '/v1/templates/query', {
    extends: 'query',
    parts: [{ name: 'stored', text: 'From a row.' }],
  });
  const both = (await other.call('GET', '/v1/modules/Agent/context')).body.turn.text;
  assert.match(both, /From a file\.\n\nFrom a row\.$/);
});
