import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { UNICODE_TEXT } from '../../../examples/offline/reply-plan.js';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

test('a turn streams its text and ends with its result, cost and session', async (t) => {
  const claude = await useOfflineClaude(t);
  const id = randomUUID();
  const agent = claude.start({ session: { kind: 'new', id }, systemPrompt: '--be "brief"' });
  const turn = collectTurn();
  const result = await agent.runTurn('Count {"batch":[1,2,3]}', turn.onOutput);
  assert.equal(result.outcome, 'succeeded');
  assert.equal(result.text, 'I processed the batch: count 3, sum 6, min 1, max 3.');
  assert.equal(turn.text(), result.text);
  assert.equal(result.sessionId, id);
  assert.ok(result.totalCostUsd > 0 && result.inputTokens > 0 && result.outputTokens > 0);
  assert.deepEqual(
    turn.outputs.filter((output) => output.kind === 'session').map(({ sessionId }) => sessionId),
    [id],
  );
  assert.match(JSON.stringify(claude.api.requests.at(-1)?.body?.system), /--be \\"brief\\"/);
});

test('a warm process takes turn after turn in one session', async (t) => {
  const claude = await useOfflineClaude(t);
  const agent = claude.start();
  const first = await agent.runTurn('[[say one]]', () => {});
  const second = await agent.runTurn('[[say two]]', () => {});
  assert.equal(second.text, 'two');
  assert.equal(second.sessionId, first.sessionId);
  assert.ok(second.totalCostUsd > first.totalCostUsd, 'the cost is cumulative');
  assert.match(JSON.stringify(claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/, 'the history is sent');
});

test('a second turn at the same time is refused and does not disturb the first', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const first = agent.runTurn('[[say mine]]', () => {});
  await assert.rejects(
    agent.runTurn('[[say yours]]', () => {}),
    { code: 'agent_busy' },
  );
  assert.equal((await first).text, 'mine');
});

test('thinking is told apart from text', async (t) => {
  const turn = collectTurn();
  await (await useOfflineClaude(t)).start().runTurn('[[thinking two and two]] [[say four]]', turn.onOutput);
  assert.equal(turn.text(), 'four');
  const thoughts = turn.outputs.map((output) => (output.kind === 'thinking' ? output.text : ''));
  assert.equal(thoughts.join(''), 'two and two');
});

test('a tool runs for real: its use, its result and the answer after it are told', async (t) => {
  const agent = (await useOfflineClaude(t)).start({ allowedTools: ['Bash', 'Read'] });
  const turn = collectTurn();
  const result = await agent.runTurn('[[tool Bash {"command":"echo $((6*7))"}]]', turn.onOutput);
  const use = turn.outputs.find((output) => output.kind === 'tool_use');
  const toolResult = turn.outputs.find((output) => output.kind === 'tool_result');
  assert.deepEqual([use?.name, use?.input], ['Bash', { command: 'echo $((6*7))' }]);
  assert.deepEqual([toolResult?.text, toolResult?.isError], ['42', false]);
  assert.equal(toolResult?.toolUseId, use?.toolUseId);
  assert.equal(result.text, 'The tool answered: 42');
});

test('a tool that nobody allowed is denied, and the result lists the denial', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const result = await agent.runTurn('[[tool Bash {"command":"touch forbidden"}]]', () => {});
  assert.equal(result.outcome, 'succeeded');
  assert.equal(result.permissionDenials.length, 1);
});

test('a sub-agent shows its tools but keeps its words to itself', async (t) => {
  const agent = (await useOfflineClaude(t)).start({ allowedTools: ['Bash'] });
  const turn = collectTurn();
  const prompt = '[[say inner words]] [[tool Bash {\\"command\\":\\"echo inner\\"}]] [[say inner end]]';
  const input = `{"description":"d","prompt":"${prompt}","subagent_type":"general-purpose"}`;
  await agent.runTurn(`[[say outer]] [[tool Task ${input}]] [[say over]]`, turn.onOutput);
  assert.equal(turn.text(), 'outerover');
  const uses = turn.outputs.filter((output) => output.kind === 'tool_use');
  assert.deepEqual(
    uses.map(({ name, parentToolUseId }) => [name, parentToolUseId]),
    [
      ['Task', undefined],
      ['Bash', uses[0]?.toolUseId],
    ],
  );
});

test('a background task is refused, because its end would start a turn of its own', async (t) => {
  const agent = (await useOfflineClaude(t)).start({ allowedTools: ['Bash'] });
  const result = await agent.runTurn('[[tool Bash {"command":"true","run_in_background":true}]]', () => {});
  assert.match(result.text, /unexpected parameter `run_in_background`/);
});

test('characters of many bytes and answers of 5 MB arrive whole', async (t) => {
  const agent = (await useOfflineClaude(t)).start();
  const [unicode, long] = [collectTurn(), collectTurn()];
  const short = await agent.runTurn('[[unicode]]', unicode.onOutput);
  const result = await agent.runTurn('[[long 5MB]]', long.onOutput);
  assert.deepEqual([short.text, unicode.text()], [UNICODE_TEXT, UNICODE_TEXT]);
  assert.equal(result.text.length, 5 * 1024 * 1024);
  assert.ok(result.text === long.text());
});

test('structured output is a value', async (t) => {
  const jsonSchema = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] };
  const agent = (await useOfflineClaude(t)).start({ jsonSchema });
  const result = await agent.runTurn('[[tool StructuredOutput {"sum":6}]]', () => {});
  assert.deepEqual(result.structuredOutput, { sum: 6 });
});
