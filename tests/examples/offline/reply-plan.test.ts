import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestMessage } from '../../../examples/offline/messages-request.js';
import { planReply, type ReplyPlan } from '../../../examples/offline/reply-plan.js';

const user = (content: RequestMessage['content']): RequestMessage => ({ role: 'user', content });
const text = (said: string) => ({ type: 'text', text: said });
const used = { role: 'assistant', content: [{ type: 'tool_use' }] };
const toolResult = (content: unknown) => ({ type: 'tool_result', content });

function answer(...messages: RequestMessage[]): string {
  return textOf(planReply({ messages, tools: [{}] }));
}

function textOf(plan: ReplyPlan): string {
  if (plan.kind !== 'message') return plan.kind;
  const said = plan.parts.map((part) =>
    'chunks' in part ? part.chunks.map((chunk) => chunk.text).join('') : part.kind,
  );
  return said.join('|');
}

test('a batch is counted', () => {
  assert.equal(
    answer(user('Do {"batch":[3,0,-2,7.5]} now')),
    'I processed the batch: count 4, sum 8.5, min -2, max 7.5.',
  );
});

test('a batch deep in a payload is counted', () => {
  const payload = JSON.stringify({ task: { id: 1, batch: [1, 2] } }, null, 2);
  assert.equal(answer(user(payload)), 'I processed the batch: count 2, sum 3, min 1, max 2.');
});

test('an empty batch is called empty', () => {
  assert.equal(answer(user('{"batch":[]}')), 'The batch is empty: there is nothing to count.');
});

test('any other prompt is named in a polite answer', () => {
  assert.match(answer(user('Review  this\nplease')), /^Thank you for your request: "Review this please"\./);
});

test('only the newest text is obeyed, not the history', () => {
  const history = [user('[[hang]]'), { role: 'assistant', content: 'ok' }];
  assert.equal(answer(...history, user([text('[[say new]]')])), 'new');
});

test('a prompt that was interrupted before any answer is not obeyed again', () => {
  assert.equal(answer(user([text('[[hang]]'), text('[Request interrupted by user]'), text('[[say next]]')])), 'next');
});

test('directives in a system reminder are not obeyed', () => {
  const reminder = text('<system-reminder>[[say no]]</system-reminder>');
  assert.equal(
    answer(user([reminder, text('[[say yes]] <system-reminder>[[say no]]</system-reminder>'), reminder])),
    'yes',
  );
});

test('a tool ends the answer, and the rest follows its result', () => {
  const prompt = user('[[say first]] [[tool Bash {"command":"ls"}]] [[say last]]');
  assert.equal(answer(prompt), 'first|tool_use');
  assert.equal(answer(prompt, used, user([toolResult('a file')])), 'last');
});

test('without more to say, the answer quotes the tool', () => {
  const prompt = user('[[tool Bash {"command":"ls"}]]');
  assert.equal(answer(prompt, used, user([toolResult([text('a file')])])), 'The tool answered: a file');
});

test('two tools run one after the other', () => {
  const prompt = user('[[tool One]] [[tool Two]]');
  const afterOne = [prompt, used, user([toolResult('1')])];
  assert.equal(answer(...afterOne), 'tool_use');
  assert.equal(answer(...afterOne, used, user([toolResult('2')])), 'The tool answered: 2');
});

test('neighbouring texts are one text', () => {
  assert.equal(answer(user('[[say a]] [[say b]] [[thinking c]]')), 'a b|c');
});

test('echo gives back the prompt', () => {
  assert.equal(answer(user('[[echo]] word  for word')), 'word  for word');
});

test('a long answer has exactly the length that was asked for', () => {
  assert.equal(answer(user('[[long 100KB]]')).length, 100 * 1024);
});

test('a failure knows what to answer when it is over', () => {
  const plan = planReply({ messages: [user('[[fail 529 x 1]] [[say fine]]')], tools: [{}] });
  assert.ok(plan.kind === 'fail');
  assert.equal(plan.failure.status, 529);
  assert.equal(textOf(plan.otherwise), 'fine');
});

test('a side request of the CLI is answered plainly', () => {
  const plan = planReply({ model: 'claude-haiku-4-5', messages: [user('Title for: [[hang]]')] });
  assert.match(textOf(plan), /^Thank you/);
});
