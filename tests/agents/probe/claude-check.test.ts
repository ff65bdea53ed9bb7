import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLAUDE_PROGRAM } from '../../support/claude-cli.js';
import { eventually } from '../../support/eventually.js';
import { makeFolder, startTestHub, type TestHub } from '../../support/test-hub.js';
import { fixtureAgent } from '../agent-hub.js';

const claudeCheckOf = async (hub: TestHub): Promise<{ ok: boolean; detail: string }> =>
  (await hub.call('GET', '/readyz')).body.checks.claude;

const whenLooked = async (hub: TestHub): Promise<{ ok: boolean; detail: string }> => {
  await eventually(async () => (await claudeCheckOf(hub)).detail !== 'not looked at yet');
  return await claudeCheckOf(hub);
};

const settingsFor = (program: string, more = {}) => ({
  PATH: process.env.PATH ?? '',
  GRANGER_CLAUDE: program,
  ...more,
});

test('a hub says at /readyz what its Claude Code is', async (t) => {
  const hub = await startTestHub(t, { settings: settingsFor(CLAUDE_PROGRAM) });
  const { ok, detail } = await whenLooked(hub);
  assert.ok(ok);
  assert.match(detail, /^\d+\.\d+\.\d+ \(Claude Code\), which knows the \d+ flags and 3 control messages/);
});

test('one that is missing is named with what to do, once there are agents, and the hub is ready all the same', async (t) => {
  const hub = await startTestHub(t, { settings: settingsFor('no-such-claude') });
  assert.deepEqual((await whenLooked(hub)).ok, true);
  await hub.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const { status, body } = await hub.call('GET', '/readyz');
  assert.deepEqual([status, body.status], [200, 'ready']);
  assert.equal(body.checks.claude.ok, false);
  assert.match(body.checks.claude.detail, /^no-such-claude is not installed\. .*GRANGER_CLAUDE/);
});

test('what was found is kept, and looked at again only when the program is another one', async (t) => {
  const folder = await makeFolder(t);
  const counter = join(folder, 'starts');
  const settings = settingsFor(fixtureAgent('lacks-flags'), { COUNTED_IN: counter });
  const first = await startTestHub(t, { folder, settings });
  assert.match((await whenLooked(first)).detail, /1\.0\.3 .* is too old/);
  await first.stop();
  const starts = await readFile(counter, 'utf8');
  const second = await startTestHub(t, { folder, settings });
  assert.match((await whenLooked(second)).detail, /1\.0\.3 .* is too old/);
  assert.equal(await readFile(counter, 'utf8'), starts);
  const { key, finding } = JSON.parse(await readFile(join(folder, 'claude-probe.json'), 'utf8'));
  assert.deepEqual([key.includes('lacks-flags'), finding.kind], [true, 'lacking']);
});

test('a hub that runs no agents does not look, and one whose program hangs stops at once', async (t) => {
  const settings = settingsFor(fixtureAgent('hangs'), { GRANGER_AGENTS_MAX: '0' });
  const without = await startTestHub(t, { settings });
  assert.equal((await claudeCheckOf(without)).detail, 'not looked at yet');
  const hanging = await startTestHub(t, { settings: settingsFor(fixtureAgent('hangs')) });
  await hanging.stop();
  assert.deepEqual(hanging.errors, []);
});
