import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findTagged } from '../../../src/agents/leftovers.js';
import { collectTurn, uniqueTag, useOfflineClaude } from '../../support/claude-cli.js';

const IMPATIENT = { interruptMs: 50, closeMs: 50, termMs: 50, drainMs: 50, interruptRepeatMs: 10 };

function fixture(name: string): { program: string } {
  return { program: fileURLToPath(new URL(`../../fixtures/agents/${name}.mjs`, import.meta.url)) };
}

test('noise between the lines is skipped', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('prints-noise'));
  assert.equal((await agent.runTurn('one', () => {})).text, 'heard one');
  assert.equal((await agent.runTurn('two', () => {})).text, 'heard two');
});

test('a line of broken JSON breaks the turn and stops the process', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('spits-invalid-line'));
  await assert.rejects(
    agent.runTurn('hello', () => {}),
    { code: 'agent_protocol_error' },
  );
  assert.equal((await agent.exited).error?.code, 'agent_protocol_error');
});

test('a line without end breaks the turn and stops the process', async (t) => {
  const limits = { ...IMPATIENT, maxLineBytes: 1024 * 1024 };
  const agent = (await useOfflineClaude(t)).start(fixture('endless-line'), limits);
  await assert.rejects(
    agent.runTurn('hello', () => {}),
    { code: 'agent_protocol_error', message: /longer than 1048576 bytes/ },
  );
  await agent.exited;
});

test('a process that exits in a turn is a crash, with its last words', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('exits-mid-turn'));
  const turn = collectTurn();
  await assert.rejects(agent.runTurn('hello', turn.onOutput), {
    code: 'agent_crashed',
    message: /code 3: out of luck/,
  });
  assert.equal(turn.text(), 'well');
  assert.equal((await agent.exited).stderrTail, 'out of luck\n');
});

test('a clean exit in a turn is a crash all the same', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('exits-cleanly-mid-turn'));
  await assert.rejects(
    agent.runTurn('hello', () => {}),
    { code: 'agent_crashed' },
  );
});

test('a prompt that nobody reads does no harm to the hub', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('exits-at-once'));
  await assert.rejects(
    agent.runTurn('x'.repeat(1024 * 1024), () => {}),
    { code: 'agent_crashed' },
  );
  await agent.exited;
  await assert.rejects(
    agent.runTurn('again', () => {}),
    { code: 'agent_crashed' },
  );
});

test('characters that arrive byte by byte are whole', async (t) => {
  const turn = collectTurn();
  const agent = (await useOfflineClaude(t)).start(fixture('splits-unicode'));
  const result = await agent.runTurn('hello', turn.onOutput);
  assert.deepEqual([turn.text(), result.text], ['Grüße 世界 👩‍🚀', 'Grüße 世界 👩‍🚀']);
});

test('a process that ignores everything is killed, and its turn was stopped', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('ignores-everything'), IMPATIENT);
  const turn = collectTurn();
  const running = agent.runTurn('hello', turn.onOutput);
  running.catch(() => undefined);
  await turn.first('session');
  await agent.stop();
  await assert.rejects(running, { code: 'agent_stopped' });
  assert.equal((await agent.exited).signal, 'SIGKILL');
});

test('a crash that leaves a child with the pipes is told, and stop ends the child', async (t) => {
  const tag = uniqueTag();
  const agent = (await useOfflineClaude(t)).start({ ...fixture('leaves-a-child'), tag }, IMPATIENT);
  await assert.rejects(
    agent.runTurn('hello', () => {}),
    { code: 'agent_crashed' },
  );
  assert.equal((await findTagged((found) => found === tag)).processes.length, 1);
  await agent.stop();
  assert.equal((await findTagged((found) => found === tag)).processes.length, 0);
});

test('a question that the hub does not know is answered with a refusal', async (t) => {
  const agent = (await useOfflineClaude(t)).start(fixture('asks-for-something-new'));
  assert.equal((await agent.runTurn('hello', () => {})).text, 'r1 sing is not supported.');
});

test('the child gets the environment it was given and the tag, and nothing of the hub', async (t) => {
  const claude = await useOfflineClaude(t);
  const tag = uniqueTag();
  const environment = { PATH: process.env.PATH, MINE: 'yes', CLAUDECODE: '1', GONE: undefined };
  const agent = claude.start({ ...fixture('prints-environment'), environment, tag });
  const facts = JSON.parse((await agent.runTurn('hello', () => {})).text);
  assert.equal(facts.cwd, claude.cwd);
  assert.deepEqual(Object.keys(facts.environment).sort(), [
    'CLAUDE_CODE_DISABLE_BACKGROUND_TASKS',
    'CLAUDE_CODE_DISABLE_CRON',
    'CLAUDE_CODE_EAGER_FLUSH',
    'GRANGER_INSTANCE',
    'MINE',
    'PATH',
  ]);
  assert.equal(facts.environment.GRANGER_INSTANCE, tag);
});
