import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

// GRANGER_MODULES: descriptors as files, loaded at the start and when they change.

const processor = 'name: Processor\ndescription: first\ncapabilities: [data_processing]\n';

async function startOn(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = await makeFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const hub = await startTestHub(t, { settings: { GRANGER_MODULES: folder } });
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  return { hub, folder, write };
}

const namesIn = async (hub: TestHub): Promise<string[]> =>
  (await hub.call('GET', '/v1/modules')).body.items.map(({ name }: { name: string }) => name);

/** `file: reason` of what was refused so far. */
const rejections = async (hub: TestHub): Promise<string[]> => {
  const { items } = (await hub.call('GET', '/v1/events?types=module.file_rejected')).body;
  return items.map(({ data }: { data: { reason: string } }) => data.reason);
};

test('descriptors in YAML and JSON are modules when the hub is ready, other files are not looked at', async (t) => {
  const { hub } = await startOn(t, {
    'processor.yaml': processor,
    'reader.yml': 'name: Reader\n',
    'writer.json': '{"name": "Writer"}',
    'notes.txt': 'name: Notes',
    '.hidden': 'name: Hidden',
  });
  assert.deepEqual(await namesIn(hub), ['Processor', 'Reader', 'Writer']);
  const { description, source } = (await hub.call('GET', '/v1/modules/Processor')).body;
  assert.deepEqual([description, source], ['first', 'folder']);
  assert.deepEqual(await rejections(hub), []);
});

const badFiles: Readonly<Record<string, readonly [text: string, reason: RegExp]>> = {
  'syntax.yaml': ['name: Bad\ncapabilities: [a\n', /^syntax\.yaml: line 3, column 1: /],
  'unknown.yaml': ['# ours\nname: Bad\ncapabilites: [a]\n', /^unknown\.yaml:3: \/capabilites is not a known field$/],
  'type.yaml': ['name: Bad\ndataTypes:\n  consumes: pdf\n', /^type\.yaml:3: \/dataTypes\/consumes must be array$/],
  'nameless.yaml': ['description: who?\n', /^nameless\.yaml:1: .*no name/],
  'pattern.json': ['{\n  "name": "two words"\n}', /^pattern\.json:2: \/name must match pattern/],
  'schema.yaml': ['name: Bad\ninputSchema:\n  type: strin\n', /^schema\.yaml:3: .*inputSchema cannot be used/],
  'empty.yaml': ['', /^empty\.yaml:1: the descriptor must be object$/],
  'list.yaml': ['- a\n', /^list\.yaml:1: the descriptor must be object$/],
};

test('a bad file is named with its line and the reason, and keeps neither the others nor the hub from working', async (t) => {
  const texts = Object.entries(badFiles).map(([name, [text]]) => [name, text]);
  const { hub } = await startOn(t, { ...Object.fromEntries(texts), 'processor.yaml': processor });
  assert.deepEqual(await namesIn(hub), ['Processor']);
  const said = await rejections(hub);
  for (const [name, [, reason]] of Object.entries(badFiles)) {
    await t.test(name, () => assert.match(said.find((one) => one.startsWith(name)) ?? 'not refused', reason));
  }
  assert.equal(said.length, Object.keys(badFiles).length);
  assert.deepEqual(hub.errors, []);
});

test('what cannot be read at all is named too, and stops nothing', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'a-folder.yaml'));
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
  await writeFile(join(folder, 'processor.yaml'), processor);
  const hub = await startTestHub(t, { settings: { GRANGER_MODULES: folder } });
  assert.deepEqual(await namesIn(hub), ['Processor']);
  const [aFolder = '', dangling = ''] = await rejections(hub);
  assert.match(aFolder, /^a-folder\.yaml: EISDIR/);
  assert.match(dangling, /^dangling\.yaml: ENOENT/);
});

test('a file that is written while the hub runs is loaded, and again when it changes', async (t) => {
  const { hub, write } = await startOn(t, {});
  await write('processor.yaml', processor);
  await whenEvent(hub, { types: 'module.registered', module: 'Processor' });
  await write('processor.yaml', processor.replace('first', 'second'));
  await whenEvent(hub, { types: 'module.updated', module: 'Processor' });
  const { description, revision } = (await hub.call('GET', '/v1/modules/Processor')).body;
  assert.deepEqual([description, revision], ['second', 2]);
});

test('a change that is bad leaves the module as it was, and the mended file is taken', async (t) => {
  const { hub, write } = await startOn(t, { 'processor.yaml': processor });
  await write('processor.yaml', `${processor}oops\n`);
  const { data } = await whenEvent(hub, { types: 'module.file_rejected' });
  assert.deepEqual([data.file, /line 4/.test(data.reason)], ['processor.yaml', true]);
  assert.equal((await hub.call('GET', '/v1/modules/Processor')).body.description, 'first');
  await write('processor.yaml', processor.replace('first', 'mended'));
  await whenEvent(hub, { types: 'module.updated' });
  assert.equal((await hub.call('GET', '/v1/modules/Processor')).body.description, 'mended');
});

test('a file that is deleted changes nothing; when it is there again after its module was removed, so is the module', async (t) => {
  const { hub, folder, write } = await startOn(t, { 'processor.yaml': processor });
  await rm(join(folder, 'processor.yaml'));
  await write('other.yaml', 'name: Other\n');
  await whenEvent(hub, { types: 'module.registered', module: 'Other' });
  assert.deepEqual(await namesIn(hub), ['Other', 'Processor']);
  await hub.call('DELETE', '/v1/modules/Processor');
  await write('processor.yaml', processor);
  const { seq } = await whenEvent(hub, { types: 'module.removed' });
  await whenEvent(hub, { types: 'module.registered', module: 'Processor', after: String(seq) });
});

test('what was changed over HTTP is as in the file again when the hub starts again', async (t) => {
  const { hub, folder } = await startOn(t, { 'processor.yaml': processor });
  await hub.call('PATCH', '/v1/modules/Processor', { description: 'over HTTP' });
  await hub.stop();
  const again = await startTestHub(t, { folder: hub.folder, settings: { GRANGER_MODULES: folder } });
  assert.equal((await again.call('GET', '/v1/modules/Processor')).body.description, 'first');
});

test('files that are as they were change nothing when the hub starts again', async (t) => {
  const { hub, folder } = await startOn(t, { 'processor.yaml': processor });
  await hub.stop();
  const again = await startTestHub(t, { folder: hub.folder, settings: { GRANGER_MODULES: folder } });
  assert.equal((await again.call('GET', '/v1/modules/Processor')).body.revision, 1);
});
