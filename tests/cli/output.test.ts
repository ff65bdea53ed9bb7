import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { shareHub } from '../support/shared-hub.js';
import { granger } from '../support/test-cli.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Web', { description: 'Takes pictures from visitors' });
await hub.call('PUT', '/v1/modules/Resizer', {
  description: 'Makes thumbnails, which is a long story that goes on and on',
  capabilities: ['resize', 'crop'],
});
const expected = (await hub.call('GET', '/v1/modules')).body.items;
const run = (...argv: string[]) => granger(hub, ...argv);
const ESCAPE = '\u001b[';

test('a list is a table', async () => {
  const { stdout } = await run('list-modules');
  const lines = stdout.split('\n');
  assert.match(lines[0]!, /^NAME +STATUS +RUNTIME +SEEN +CAPABILITIES +DESCRIPTION$/);
  assert.match(lines[1]!, /^Resizer +active +pull +\d+[sm] +resize, crop +Makes thumbnails, which .* on and on$/);
  assert.match(lines[2]!, /^Web +active +pull +\d+[sm] +- +Takes pictures from visitors$/);
});

test('with -o json it is what the hub says, with jsonl a line each, with yaml YAML', async () => {
  assert.deepEqual(JSON.parse((await run('list-modules', '-o', 'json')).stdout), expected);
  const lines = (await run('list-modules', '-o', 'jsonl')).stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    expected,
  );
  assert.deepEqual(parse((await run('list-modules', '-o', 'yaml')).stdout), expected);
});

test('-o and the others stand before the command or after it, and after it counts', async () => {
  for (const argv of [
    ['-o', 'json', 'list-modules'],
    ['list-modules', '--output', 'json'],
    ['-o', 'yaml', 'list-modules', '-o', 'json'],
  ])
    assert.deepEqual(JSON.parse((await run(...argv)).stdout), expected, argv.join(' '));
});

test('an empty list is said so, and is [] in JSON', async () => {
  assert.equal((await run('dead-letters')).stdout, 'There are no dead letters.\n');
  assert.equal((await run('dead-letters', '-o', 'json')).stdout, '[]\n');
  assert.equal((await run('dead-letters', '-o', 'jsonl')).stdout, '');
});

test('one thing is a field a line, or its JSON', async () => {
  assert.match((await run('stats')).stdout, /^messages +0 pending, 0 leased, 0 dead$/m);
  const stats = JSON.parse((await run('stats', '-o', 'json')).stdout);
  assert.equal(stats.modules, 2);
});

test('what was done is said to people, and is JSON for programs', async () => {
  assert.equal((await run('register-module', 'Short')).stdout, 'Short is registered, revision 1.\n');
  assert.equal(JSON.parse((await run('register-module', 'Short', '-o', 'json')).stdout).name, 'Short');
  assert.deepEqual(JSON.parse((await run('remove-module', 'Short', '-o', 'jsonl')).stdout), { removed: 'Short' });
});

test('what comes one after the other is a line each in JSON, and a document each in YAML', async () => {
  const events = (await run('events', '--types', 'module.registered', '-o', 'jsonl')).stdout.trimEnd().split('\n');
  assert.deepEqual(
    events.slice(0, 2).map((line) => JSON.parse(line).subject.module),
    ['Web', 'Resizer'],
  );
  const controller = new AbortController();
  const options = { ...hub, signal: controller.signal, onOutput: () => controller.abort() };
  const live = await granger(options, 'events', '-f', '--after', '0', '-o', 'yaml');
  const [first] = parseAllDocuments(live.stdout);
  assert.equal((first as { toJS(): { seq: number } }).toJS().seq, 1);
});

test('there are colours on a terminal, and none when piped, with NO_COLOR or with --no-color', async () => {
  const terminal = { ...hub, isTerminal: true };
  assert.ok((await granger(terminal, 'list-modules')).stdout.includes(ESCAPE));
  const plain = [
    await granger(hub, 'list-modules'),
    await granger({ ...terminal, environment: { NO_COLOR: '1' } }, 'list-modules'),
    await granger({ ...terminal, environment: { TERM: 'dumb' } }, 'list-modules'),
    await granger(terminal, 'list-modules', '--no-color'),
    await granger(terminal, '--no-color', 'list-modules'),
    await granger(terminal, 'list-modules', '-o', 'json'),
  ];
  assert.deepEqual(
    plain.map(({ stdout }) => stdout.includes(ESCAPE)),
    plain.map(() => false),
  );
});

test('on a terminal a row is one line of it, and when piped nothing is cut', async () => {
  const narrow = await granger(
    { ...hub, isTerminal: true, columns: 60, environment: { NO_COLOR: '1' } },
    'list-modules',
  );
  const row = narrow.stdout.split('\n')[1]!;
  assert.ok(row.length <= 60, `${row.length}`);
  assert.match(row, /^Resizer .*…$/);
});

test('a hub is found by its data folder, and its key beside it', async () => {
  const { code, stdout } = await granger({}, '--data', hub.folder, 'list-modules', '-o', 'json');
  assert.deepEqual([code, JSON.parse(stdout).length], [0, expected.length]);
  const { code: byEnvironment } = await granger({ environment: { GRANGER_DATA: hub.folder } }, 'stats');
  assert.equal(byEnvironment, 0);
});

test('an option goes before the environment, and that before the data folder', async () => {
  const environment = { GRANGER_URL: 'http://127.0.0.1:9', GRANGER_KEY: 'wrong', GRANGER_DATA: hub.folder };
  assert.equal((await granger({ environment }, 'stats')).code, 7);
  assert.equal((await granger({ environment }, 'stats', '--url', hub.url)).code, 4);
  assert.equal((await granger({ environment }, 'stats', '--url', hub.url, '--key', hub.key)).code, 0);
  assert.equal((await granger({ environment: { ...environment, GRANGER_URL: '' } }, 'stats')).code, 4);
});
