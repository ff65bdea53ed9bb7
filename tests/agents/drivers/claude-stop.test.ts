import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findTagged } from '../../../src/agents/leftovers.js';
import { collectTurn, uniqueTag, useOfflineClaude } from '../../support/claude-cli.js';
import { eventually } from '../../support/eventually.js';

async function runsSleep(tag: string): Promise<boolean> {
  const { processes } = await findTagged((found) => found === tag);
  const commands = await Promise.all(
    processes.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.some((command) => command.startsWith('sleep'));
}

test('stop in a running tool interrupts the turn and leaves no process behind', async (t) => {
  const tag = uniqueTag();
  const agent = (await useOfflineClaude(t)).start({ tag, allowedTools: ['Bash'] });
  const running = agent.runTurn('[[tool Bash {"command":"sleep 300"}]]', () => {});
  await eventually(() => runsSleep(tag));
  await agent.stop();
  assert.equal((await running).outcome, 'interrupted');
  assert.deepEqual((await findTagged((found) => found === tag)).processes, []);
});

test('the tool of a killed process lives on until stop ends it', async (t) => {
  const tag = uniqueTag();
  const agent = (await useOfflineClaude(t)).start({ tag, allowedTools: ['Bash'] });
  const running = agent.runTurn('[[tool Bash {"command":"sleep 300"}]]', () => {});
  running.catch(() => undefined);
  await eventually(() => runsSleep(tag));
  process.kill(agent.pid!, 'SIGKILL');
  await assert.rejects(running, { code: 'agent_crashed' });
  assert.ok(await runsSleep(tag));
  await agent.stop();
  assert.deepEqual((await findTagged((found) => found === tag)).processes, []);
});

test('an idle process stops by itself, and only once', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  await agent.runTurn('hello', () => {});
  const stops = [agent.stop(), agent.stop()];
  await Promise.all(stops);
  const exit = await agent.exited;
  assert.deepEqual([exit.code, exit.signal, exit.error?.code], [0, null, 'agent_stopped']);
  await assert.rejects(
    agent.runTurn('hello', () => {}),
    { code: 'agent_stopped' },
  );
});

test('a process that never had a turn stops too', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  await agent.stop();
  assert.equal((await agent.exited).error?.code, 'agent_stopped');
});

test('a paused process stops', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const turn = collectTurn();
  const running = agent.runTurn('[[hang]]', turn.onOutput);
  await turn.first('text');
  process.kill(agent.pid!, 'SIGSTOP');
  await agent.stop();
  assert.equal((await running).outcome, 'interrupted');
});
