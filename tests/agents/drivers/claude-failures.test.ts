import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

test('a failure of the API that passes is told as a retry, and the turn succeeds', async (t) => {
  const turn = collectTurn();
  const result = await (await useOfflineClaude(t)).start().runTurn('[[fail 529 x 1]] [[say at last]]', turn.onOutput);
  const retry = turn.outputs.find((output) => output.kind === 'api_retry');
  assert.deepEqual([retry?.attempt, retry?.maxRetries, retry?.status], [1, 1, 529]);
  assert.deepEqual([result.outcome, result.text], ['succeeded', 'at last']);
});

test('a failure of the API that stays fails the turn, not the process', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const turn = collectTurn();
  const result = await agent.runTurn('[[fail 529]]', turn.onOutput);
  assert.deepEqual([result.isError, result.outcome, result.apiErrorStatus], [true, 'failed', 529]);
  assert.equal(turn.text(), '', 'the error is no text of the turn');
  assert.equal((await agent.runTurn('[[fail 400]]', () => {})).apiErrorStatus, 400);
  assert.equal((await agent.runTurn('[[say fine]]', () => {})).text, 'fine');
});

test('a limit on turns fails the turn', async (t) => {
  const agent = (await useOfflineClaude(t)).start({ maxTurns: 1, allowedTools: ['Bash'] });
  const result = await agent.runTurn('[[tool Bash {"command":"true"}]] [[tool Bash {"command":"true"}]]', () => {});
  assert.deepEqual([result.outcome, result.subtype], ['failed', 'error_max_turns']);
});

test('a process that is killed in a turn is a crash', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const turn = collectTurn();
  const running = agent.runTurn('[[hang]]', turn.onOutput);
  running.catch(() => undefined);
  await turn.first('text');
  process.kill(agent.pid!, 'SIGKILL');
  await assert.rejects(running, { name: 'AgentProcessError', code: 'agent_crashed', message: /SIGKILL/ });
  const exit = await agent.exited;
  assert.deepEqual([exit.code, exit.signal, exit.error?.code], [null, 'SIGKILL', 'agent_crashed']);
});

test('a program that is not installed is told apart from a directory that is missing', async (t) => {
  const claude = await useOfflineClaude(t);
  const notInstalled = claude.start({ program: `no-such-program-${randomUUID()}` });
  const noDirectory = claude.start({ cwd: join(claude.cwd, 'missing') });
  assert.equal(notInstalled.pid, undefined);
  await assert.rejects(
    notInstalled.runTurn('hello', () => {}),
    { code: 'agent_not_installed' },
  );
  await assert.rejects(
    noDirectory.runTurn('hello', () => {}),
    { code: 'agent_cwd_missing' },
  );
  assert.equal((await notInstalled.exited).error?.code, 'agent_not_installed');
  await notInstalled.stop();
});

test('a directory in the place of a program, and an argument that no process can take, cannot be started', async (t) => {
  const claude = await useOfflineClaude(t);
  assert.equal((await claude.start({ program: claude.cwd }).exited).error?.code, 'agent_start_failed');
  assert.throws(() => claude.start({ systemPrompt: 'x'.repeat(1024 * 1024) }), { code: 'agent_start_failed' });
});
