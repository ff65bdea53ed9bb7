import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

test('an interrupt ends the turn in mid-stream, and the process takes the next one', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const turn = collectTurn();
  const running = agent.runTurn('[[hang]]', turn.onOutput);
  await turn.first('text');
  await agent.interrupt();
  const result = await running;
  assert.deepEqual([result.outcome, result.text], ['interrupted', '']);
  assert.equal((await agent.runTurn('[[say alive]]', () => {})).text, 'alive');
});

test('an interrupt at the very start of a turn ends it too', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const running = agent.runTurn('[[hang-before-first]]', () => {});
  await agent.interrupt();
  assert.equal((await running).outcome, 'interrupted');
  assert.equal((await agent.runTurn('[[say alive]]', () => {})).text, 'alive');
});

test('an interrupt without a turn does nothing', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  await agent.interrupt();
  assert.equal((await agent.runTurn('[[say alive]]', () => {})).text, 'alive');
});
