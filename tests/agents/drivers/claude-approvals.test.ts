import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalAsk, ApprovalRequest } from '../../../src/agents/drivers/agent-driver.js';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

const TOUCH = '[[tool Bash {"command":"touch made && echo made it"}]]';

test('a tool that was approved runs, with the input that the approval gave', async (t) => {
  const requests: ApprovalRequest[] = [];
  const agent = (await useOfflineClaude(t)).start();
  const turn = collectTurn();
  const result = await agent.runTurn(TOUCH, turn.onOutput, async (request) => {
    requests.push(request);
    return { behavior: 'allow', updatedInput: { command: 'echo something else' } };
  });
  const use = turn.outputs.find((output) => output.kind === 'tool_use');
  assert.deepEqual(
    requests.map(({ toolName, toolUseId, input }) => [toolName, toolUseId, input]),
    [['Bash', use?.toolUseId, { command: 'touch made && echo made it' }]],
  );
  assert.equal(result.text, 'The tool answered: something else');
});

test('a tool is denied by an answer, by an answer that fails, and where a turn has nobody to ask', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const answerTo = async (ask?: ApprovalAsk) => (await agent.runTurn(TOUCH, () => {}, ask)).text;
  assert.match(await answerTo(async () => ({ behavior: 'deny', message: 'not on a Sunday' })), /not on a Sunday/);
  assert.match(await answerTo(() => Promise.reject(new Error('the line is dead'))), /the line is dead/);
  assert.match(await answerTo(), /Nobody is there/);
});

test('an interrupt withdraws the question, and the process takes the next turn', async (t) => {
  let asked: (request: ApprovalRequest) => void = () => {};
  const question = new Promise<ApprovalRequest>((resolve) => {
    asked = resolve;
  });
  const agent = (await useOfflineClaude(t)).start();
  const running = agent.runTurn(
    TOUCH,
    () => {},
    (request) => {
      asked(request);
      return new Promise(() => {});
    },
  );
  const { signal } = await question;
  await agent.interrupt();
  assert.equal((await running).outcome, 'interrupted');
  assert.ok(signal.aborted);
  assert.equal((await agent.runTurn('[[say alive]]', () => {})).text, 'alive');
});
