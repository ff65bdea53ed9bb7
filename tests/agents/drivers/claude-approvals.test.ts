import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalRequest } from '../../../src/agents/drivers/agent-driver.js';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

const TOUCH = '[[tool Bash {"command":"touch made && echo made it"}]]';

test('a tool that was approved runs, with the input that the approval gave', async (t) => {
  const requests: ApprovalRequest[] = [];
  const agent = (await useOfflineClaude(t)).start({
    onApprovalRequest: async (request) => {
      requests.push(request);
      return { behavior: 'allow', updatedInput: { command: 'echo something else' } };
    },
  });
  const turn = collectTurn();
  const result = await agent.runTurn(TOUCH, turn.onOutput);
  const use = turn.outputs.find((output) => output.kind === 'tool_use');
  assert.deepEqual(
    requests.map(({ toolName, toolUseId, input }) => [toolName, toolUseId, input]),
    [['Bash', use?.toolUseId, { command: 'touch made && echo made it' }]],
  );
  assert.equal(result.text, 'The tool answered: something else');
});

test('a tool is denied by an answer, and by an answer that fails', async (t) => {
  const claude = await useOfflineClaude(t);
  const denying = claude.start({ onApprovalRequest: async () => ({ behavior: 'deny', message: 'not on a Sunday' }) });
  const failing = claude.start({ onApprovalRequest: () => Promise.reject(new Error('the line is dead')) });
  assert.match((await denying.runTurn(TOUCH, () => {})).text, /not on a Sunday/);
  assert.match((await failing.runTurn(TOUCH, () => {})).text, /the line is dead/);
});

test('an interrupt withdraws the question, and the process takes the next turn', async (t) => {
  let asked: (request: ApprovalRequest) => void = () => {};
  const question = new Promise<ApprovalRequest>((resolve) => {
    asked = resolve;
  });
  const agent = (await useOfflineClaude(t)).start({
    onApprovalRequest: (request) => {
      asked(request);
      return new Promise(() => {});
    },
  });
  const running = agent.runTurn(TOUCH, () => {});
  const { signal } = await question;
  await agent.interrupt();
  assert.equal((await running).outcome, 'interrupted');
  assert.ok(signal.aborted);
  assert.equal((await agent.runTurn('[[say alive]]', () => {})).text, 'alive');
});
