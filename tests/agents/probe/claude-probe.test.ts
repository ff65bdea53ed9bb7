import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findTagged } from '../../../src/agents/leftovers.js';
import { tellFinding } from '../../../src/agents/probe/claude-finding.js';
import { type ProbeLimits, probeClaude } from '../../../src/agents/probe/claude-probe.js';
import { tellClaude } from '../../../src/agents/probe/tell-claude.js';
import { CLAUDE_PROGRAM, uniqueTag, useOfflineClaude } from '../../support/claude-cli.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { fixtureAgent } from '../agent-hub.js';

const environment = { PATH: process.env.PATH ?? '' };
const probe = (program: string, limits: Partial<ProbeLimits> = {}) => probeClaude({ program, environment, limits });

test('the real CLI knows all that the hub asks of it, and is asked nothing that reaches the API', async (t) => {
  const { api, configDir, environment } = await useOfflineClaude(t);
  const tag = uniqueTag();
  const finding = await probeClaude({ program: CLAUDE_PROGRAM, environment, tag });
  assert.equal(finding.kind, 'good', JSON.stringify(finding));
  assert.match(tellFinding('claude', finding).says, /^\d+\.\d+\.\d+ .*the 23 flags and 3 control messages/);
  assert.deepEqual([api.requests.length, await readdir(configDir)], [0, []]);
  assert.deepEqual((await findTagged((each) => each === tag)).processes, []);
});

test('what an older one does not know is named, all of it', async () => {
  const finding = await probe(fixtureAgent('lacks-flags'), { controlMs: 50 });
  assert.deepEqual(finding, {
    kind: 'lacking',
    version: '1.0.3 (Claude Code)',
    flags: ['--max-budget-usd', '--fork-session'],
    controls: ['get_context_usage'],
  });
  const { says, advice } = tellFinding('claude', finding);
  assert.equal(
    says,
    '1.0.3 (Claude Code) is too old: it does not know --max-budget-usd, --fork-session, the control message get_context_usage',
  );
  assert.match(advice ?? '', /npm install/);
});

test('of a newer one that does not know a flag any more, the version that is known is named', () => {
  const lacking = { kind: 'lacking', version: '9.0.0 (Claude Code)', flags: ['--verbose'], controls: [] } as const;
  const { says, advice } = tellFinding('claude', lacking);
  assert.equal(says, '9.0.0 (Claude Code) is another one than the hub knows: it does not know --verbose');
  assert.match(advice ?? '', /tested with \d+\.\d+\.\d+/);
});

test('a program that says something else is told as what it is', async () => {
  const { says, advice } = await tellClaude(fixtureAgent('prints-garbage'), environment);
  assert.match(says, /is not Claude Code: asked for its version it says "Usage: claude \[tarot \| palm\]"/);
  assert.match(advice ?? '', /npm install/);
});

test('a program that says nothing is given up and leaves nothing behind', async () => {
  const tag = uniqueTag();
  const limits = { answerMs: 300 };
  const finding = await probeClaude({ program: fixtureAgent('hangs'), environment, tag, limits });
  assert.deepEqual(finding, { kind: 'silent', seconds: 0.3 });
  assert.deepEqual((await findTagged((each) => each === tag)).processes, []);
});

test('a program that cannot be started is told with the reason', async (t) => {
  assert.match((await tellClaude('no-such-claude', environment)).says, /is not installed/);
  const program = join(await makeTemporaryFolder(t), 'claude');
  await writeFile(program, '#!/nowhere/interpreter\n');
  await chmod(program, 0o755);
  assert.match((await tellClaude(program, environment)).says, /cannot be used: spawn .*ENOENT/);
  await chmod(program, 0o644);
  assert.match((await tellClaude(program, environment)).says, /is not installed/);
});

test('a probe that is broken off ends at once, and leaves nothing behind', async () => {
  const tag = uniqueTag();
  const off = new AbortController();
  const probing = probeClaude({ program: fixtureAgent('hangs'), environment, tag, signal: off.signal });
  while ((await findTagged((each) => each === tag)).processes.length === 0);
  off.abort();
  await assert.rejects(probing, { name: 'AbortError' });
  assert.deepEqual((await findTagged((each) => each === tag)).processes, []);
});

test('one that ends at a start for another reason is told with what it said', () => {
  const finding = { kind: 'lacking', version: '2.0.0 (Claude Code)', flags: ['--json-schema'], controls: [] } as const;
  const { says } = tellFinding('claude', { ...finding, why: 'Error: not with --resume.' });
  assert.match(says, /is too old: it does not know --json-schema; it says "Error: not with --resume\."/);
});
