import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { loadConfig } from '../../../src/config.js';
import { startHub } from '../../../src/hub.js';
import { shareHub } from '../../support/shared-hub.js';
import { makeFolder } from '../../support/test-hub.js';

// What one template does to those that extend it, and files that cannot be used. No agent is ever started here.

const hub = await shareHub({ settings: { GRANGER_AGENTS_MAX: '0' } });
const put = (name: string, body: object) => hub.call('PUT', `/v1/templates/${name}`, body);
const partsOf = async (name: string) => (await hub.call('GET', `/v1/templates/${name}`)).body.parts;

const toned = { parameters: { tone: 'kind' }, parts: [{ name: 'a', text: 'one' }] };
const usesTone = { parts: [{ name: 'tone', text: 'Be {{parameters.tone}}.' }] };

test('a template that would take from others what they use is refused, with their names and what they miss', async () => {
  await put('parent', toned);
  await put('child', { extends: 'parent', ...usesTone });
  await put('grandchild', { extends: 'child', parts: [{ name: 'b', text: '{{parameters.tone}}' }] });
  await put('brother', { extends: 'parent', parts: [] });
  const { status, body } = await put('parent', { parts: [{ name: 'a', text: 'two' }] });
  assert.deepEqual([status, body.code], [422, 'template_invalid']);
  assert.equal(body.detail, 'It would break child, grandchild, which extend it.');
  assert.deepEqual(
    body.errors.map(({ message }: { message: string }) => message),
    [
      'child: /parts/0/text line 1, column 4: there is no variable {{parameters.tone}}',
      'grandchild: /parts/0/text line 1, column 1: there is no variable {{parameters.tone}}',
    ],
  );
  assert.deepEqual(await partsOf('parent'), toned.parts);
  assert.equal((await put('parent', { ...toned, parts: [] })).status, 200);
});

test('what keeps to one revision is broken by no other', async () => {
  await put('pinned', toned);
  await put('keeps', { extends: 'pinned@1', ...usesTone });
  assert.equal((await put('pinned', { parts: [] })).status, 200);
});

test('a template of the hub’s own cannot be turned into what those that extend it are not', async () => {
  const { status, body } = await put('message', { for: 'system', parts: [] });
  assert.deepEqual([status, body.code], [422, 'template_invalid']);
  assert.match(body.detail, /^It would break .*query/);
});

test('a template is not deleted while what would count again lacks what others use', async () => {
  await put('system', { extends: 'system', parameters: { tone: 'kind' }, parts: [] });
  await put('polite', { extends: 'system', ...usesTone });
  const { status, body } = await hub.call('DELETE', '/v1/templates/system');
  assert.deepEqual([status, body.code, body.detail], [409, 'conflict', 'It would break polite, which extend it.']);
  await hub.call('DELETE', '/v1/templates/polite');
  assert.equal((await hub.call('DELETE', '/v1/templates/system')).status, 204);
});

/** What a hub on these files says of them in its log, and the names of those that are templates. */
const startOn = async (t: TestContext, files: Readonly<Record<string, string>>) => {
  const folder = await makeFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const lines: string[] = [];
  const config = loadConfig({
    GRANGER_DATA: await makeFolder(t),
    GRANGER_PORT: '0',
    GRANGER_AGENTS_MAX: '0',
    GRANGER_TEMPLATES: folder,
  });
  const started = await startHub(config, { logger: pino({ level: 'warn' }, { write: (line) => lines.push(line) }) });
  t.after(() => started.stop());
  const refused = lines.map((line) => JSON.parse(line).msg as string).filter((text) => text.startsWith('template'));
  const headers = { authorization: `Bearer ${started.adminKey.key}`, host: new URL(started.url).host };
  const { items } = (await started.app.inject({ url: '/v1/templates', headers })).json();
  const isFile = ({ source }: { source: string }): boolean => source === 'file';
  return { refused, names: items.filter(isFile).map(({ name }: { name: string }) => name) };
};

test('a file with a fault is named with it, and is no template, nor is one that extends it in vain', async (t) => {
  const { refused, names } = await startOn(t, {
    'good.yaml': 'extends: query\nparts:\n  - name: a\n    text: "{{asker.name}}"\n',
    'typo.yaml': 'extends: query\nparts:\n  - name: a\n    text: "Dear {{asker.nmae}}"\n',
    'open.json': '{"name": "left-open", "parts": [{"name": "a", "text": "{{#message.text}}"}]}',
    'vain.yaml': 'extends: typo\nparts: []\n',
  });
  assert.deepEqual(refused, [
    'template refused: open.json: /parts/0/text line 1, column 1: {{#message.text}} is not closed',
    'template refused: typo.yaml: /parts/0/text line 1, column 6: there is no variable {{asker.nmae}}',
    'template refused: vain.yaml: /extends There is no template typo.',
  ]);
  assert.deepEqual(names, ['good']);
});
