import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endTagged, findTagged, TAG_VARIABLE } from '../../../src/agents/leftovers.js';
import { CLAUDE_PROGRAM, uniqueTag, useOfflineClaude } from '../../support/claude-cli.js';
import { eventually } from '../../support/eventually.js';

function spawnTagged(tag: string, script: string): ChildProcess {
  return spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', env: { ...process.env, [TAG_VARIABLE]: tag } });
}

async function countTagged(tag: string): Promise<number> {
  return (await findTagged((found) => found === tag)).processes.length;
}

test('tagged processes are found by their tag and ended, others are left alone', async () => {
  const [mine, other] = [uniqueTag(), uniqueTag()];
  const children = [spawnTagged(mine, 'exec sleep 300'), spawnTagged(other, 'exec sleep 300')];
  const exits = children.map((child) => once(child, 'exit'));
  await eventually(async () => (await countTagged(mine)) + (await countTagged(other)) === 2);
  const found = await findTagged((tag) => tag === mine);
  assert.deepEqual(found, { canScan: true, processes: [{ pid: children[0]?.pid, tag: mine }] });
  assert.deepEqual(await endTagged((tag) => tag === mine), { canScan: true, ended: 1, remaining: [] });
  assert.equal(await countTagged(other), 1);
  await endTagged((tag) => tag === other);
  await Promise.all(exits);
});

test('a process that ignores SIGTERM is killed', async () => {
  const tag = uniqueTag();
  const child = spawnTagged(tag, "trap '' TERM; while :; do sleep 0.05; done");
  const exited = once(child, 'exit');
  const ignoresTerm = async () =>
    /SigIgn:\s+0*4[0-9a-f]{3}$/m.test(await readFile(`/proc/${child.pid}/status`, 'utf8'));
  await eventually(ignoresTerm);
  const { remaining } = await endTagged((found) => found === tag, { termMs: 50, killMs: 5000 });
  assert.deepEqual(remaining, []);
  assert.equal((await exited)[1], 'SIGKILL');
});

test('with nothing to end there is nothing to wait for', async () => {
  assert.deepEqual(await endTagged((tag) => tag === uniqueTag()), { canScan: true, ended: 0, remaining: [] });
});

test('the CLI and the tool of a hub that was killed are found and ended', async (t) => {
  const { cwd, environment } = await useOfflineClaude(t);
  const tag = uniqueTag();
  const session = { kind: 'new', id: randomUUID() };
  const options = JSON.stringify({ program: CLAUDE_PROGRAM, cwd, environment, tag, session });
  const script = fileURLToPath(new URL('../../fixtures/agents/hub-with-running-tool.ts', import.meta.url));
  const hub = spawn(process.execPath, ['--import', 'tsx', script, options], { stdio: 'inherit' });
  const exited = once(hub, 'exit');
  await eventually(() => runs(tag, 'sleep'));
  hub.kill('SIGKILL');
  await exited;
  assert.ok(await runs(tag, 'sleep'), 'the tool lives on');
  const { ended, remaining } = await endTagged((found) => found === tag);
  assert.ok(ended >= 2);
  assert.deepEqual(remaining, []);
});

async function runs(tag: string, command: string): Promise<boolean> {
  const { processes } = await findTagged((found) => found === tag);
  const lines = await Promise.all(processes.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.some((line) => line.startsWith(command));
}
