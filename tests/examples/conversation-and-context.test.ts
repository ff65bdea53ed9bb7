import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AgentHub, startAgentHub } from '../agents/agent-hub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const run = async (hub: AgentHub, example: string): Promise<string> => {
  const env = { PATH: process.env.PATH, GRANGER_URL: hub.url, GRANGER_KEY: hub.key };
  const args = ['--import', 'tsx', `examples/${example}/main.ts`];
  return (await promisify(execFile)(process.execPath, args, { cwd: root, env })).stdout;
};

/** What the model was given when this was asked. */
const requestOf = (hub: AgentHub, question: string): string =>
  JSON.stringify(hub.claude.api.requests.findLast(({ prompt }) => prompt.includes(question))?.body?.messages);

test('the conversation of the examples remembers, is forked, found and read', async (t) => {
  const hub = await startAgentHub(t);
  const output = await run(hub, 'conversation');
  assert.match(requestOf(hub, 'What was my name again?'), /My name is Ada.*And after that\?/);
  assert.doesNotMatch(requestOf(hub, 'What was my name again?'), /if it rains/);
  assert.match(requestOf(hub, 'And if it rains?'), /My name is Ada.*And after that\?/);
  assert.match(output, /Where Ada spoke of giraffes: conv_\d+ \(A walk through the zoo\)\n/);
  const [, markdown = ''] = output.split('\n\n# ');
  assert.match(markdown, /^The same walk in the rain\n/);
  for (const heading of ['## Visitor → Guide', '## Guide → Visitor']) assert.ok(output.includes(heading));
  assert.ok(output.includes('And if it rains?') && !markdown.includes('What was my name'));
});

test('the template of the examples changes what an agent is told, and it is shown before it is sent', async (t) => {
  const hub = await startAgentHub(t);
  const output = await run(hub, 'custom-context');
  const told =
    'Answer Reader in at most 12 words, for somebody who is new to this. It takes summary: give it that.\n\nMessage ';
  assert.match(output, /^Before, by the template query \(\d+ tokens .*\):\nReader says of itself: Reads summaries/);
  assert.match(output, /\nAfter, by the template terse \(\d+ tokens .*\):\n/);
  assert.ok(output.includes(told), output);
  const { prompt } = hub.claude.api.requests.findLast((request) =>
    request.prompt.includes('What is a message queue?'),
  )!;
  assert.ok(prompt.startsWith(told), prompt);
  assert.doesNotMatch(prompt, /says of itself/);
  assert.match(output, /^Writer: .+/m);
});
