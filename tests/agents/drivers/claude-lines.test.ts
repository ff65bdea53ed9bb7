import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaudeLine, parseClaudeLine } from '../../../src/agents/drivers/claude-lines.js';

function parse(line: object): ClaudeLine | undefined {
  return parseClaudeLine(JSON.stringify(line));
}

function outputsOf(line: object): unknown {
  const parsed = parse(line);
  return parsed && 'outputs' in parsed ? JSON.parse(JSON.stringify(parsed.outputs)) : parsed;
}

function delta(fields: object, parent: string | null = null): object {
  return { type: 'stream_event', parent_tool_use_id: parent, event: { type: 'content_block_delta', delta: fields } };
}

for (const noise of ['', '[debug] hello', 'npm warn {"a":1}', ' {"type":"result"}', '"text"']) {
  test(`noise is skipped: ${JSON.stringify(noise)}`, () => {
    assert.equal(parseClaudeLine(noise), undefined);
  });
}

test('a line that begins like JSON and is none is an error', () => {
  assert.throws(() => parseClaudeLine('{"type":'), SyntaxError);
});

test('text and thinking come from the stream', () => {
  assert.deepEqual(outputsOf(delta({ type: 'text_delta', text: 'hi' })), [{ kind: 'text', text: 'hi' }]);
  assert.deepEqual(outputsOf(delta({ type: 'thinking_delta', thinking: 'hm' })), [{ kind: 'thinking', text: 'hm' }]);
});

test('the words of a sub-agent are not the words of the turn', () => {
  const content = [{ type: 'text', text: 'mine' }];
  assert.equal(outputsOf(delta({ type: 'text_delta', text: 'mine' }, 'toolu_1')), undefined);
  assert.deepEqual(outputsOf({ type: 'assistant', parent_tool_use_id: 'toolu_1', message: { content } }), []);
});

test('the tools of a sub-agent name the tool use that started it', () => {
  const content = [{ type: 'tool_use', id: 'toolu_2', name: 'Read', input: { file_path: '/a' } }];
  assert.deepEqual(outputsOf({ type: 'assistant', parent_tool_use_id: 'toolu_1', message: { content } }), [
    { kind: 'tool_use', toolUseId: 'toolu_2', name: 'Read', input: { file_path: '/a' }, parentToolUseId: 'toolu_1' },
  ]);
});

test('an assistant line carries its message, tools and words', () => {
  const content = [
    { type: 'text', text: 'hi' },
    { type: 'tool_use', id: 't', name: 'Bash', input: {} },
  ];
  const line = parse({ type: 'assistant', parent_tool_use_id: null, message: { id: 'msg_1', content } });
  assert.ok(line?.kind === 'message');
  assert.equal(line.messageId, 'msg_1');
  assert.deepEqual(
    line.outputs.map(({ kind }) => kind),
    ['text', 'tool_use'],
  );
});

test('what the CLI says in the name of the model is left to the result', () => {
  const message = { model: '<synthetic>', content: [{ type: 'text', text: 'API Error' }] };
  assert.deepEqual(outputsOf({ type: 'assistant', message }), []);
});

test('a tool result is text, whatever its shape', () => {
  const result = (content: unknown) => ({ type: 'tool_result', tool_use_id: 't', content, is_error: true });
  const content = [result('plain'), result([{ type: 'text', text: 'a' }, { type: 'image' }]), result(undefined)];
  const outputs = outputsOf({ type: 'user', message: { content } }) as { text: string; isError: boolean }[];
  assert.deepEqual(
    outputs.map(({ text }) => text),
    ['plain', 'a\n[image]', ''],
  );
  assert.ok(outputs.every(({ isError }) => isError));
});

test('a prompt that is echoed says nothing', () => {
  assert.deepEqual(outputsOf({ type: 'user', message: { content: 'hello' } }), []);
});

test('a retry tells its delay and the status, if there was one', () => {
  const line = { type: 'system', subtype: 'api_retry', attempt: 2, max_retries: 10, retry_delay_ms: 500 };
  const retry = { kind: 'api_retry', attempt: 2, maxRetries: 10, retryDelayMs: 500 };
  assert.deepEqual(outputsOf({ ...line, error_status: 529 }), [{ ...retry, status: 529 }]);
  assert.deepEqual(outputsOf({ ...line, error_status: null }), [retry]);
});

test('a usage window that is closed tells when it opens', () => {
  const rate_limit_info = { status: 'rejected', resetsAt: 1_700_000_000, rateLimitType: 'five_hour' };
  assert.deepEqual(outputsOf({ type: 'rate_limit_event', rate_limit_info }), [
    { kind: 'rate_limit', status: 'rejected', limitType: 'five_hour', resetsAt: 1_700_000_000_000 },
  ]);
});

test('other news is passed on as it is', () => {
  const line = { type: 'system', subtype: 'compact_boundary', trigger: 'auto' };
  assert.deepEqual(outputsOf(line), [{ kind: 'notice', name: 'compact_boundary', detail: line }]);
});

test('requests and answers of the control channel are no outputs', () => {
  const answer = { subtype: 'success', request_id: 'a', response: { pid: 1 } };
  const answered = { kind: 'control_answered', requestId: 'a', isRefused: false, response: { pid: 1 } };
  assert.deepEqual(parse({ type: 'control_response', response: answer }), answered);
  const refusal = { subtype: 'error', request_id: 'a', error: 'Unsupported' };
  const refused = { kind: 'control_answered', requestId: 'a', isRefused: true, response: {} };
  assert.deepEqual(parse({ type: 'control_response', response: refusal }), refused);
  const request = { type: 'control_request', request_id: 'r', request: { subtype: 'sing' } };
  assert.deepEqual(parse(request), { kind: 'unknown_request', requestId: 'r', subtype: 'sing' });
  const withdrawn = { type: 'control_cancel_request', request_id: 'r' };
  assert.deepEqual(parse(withdrawn), { kind: 'approval_withdrawn', requestId: 'r' });
});

const RESULTS: readonly (readonly [string, object, string])[] = [
  ['succeeded when there was no error', { subtype: 'success', is_error: false }, 'succeeded'],
  ['failed when is_error says so, whatever the subtype', { subtype: 'success', is_error: true }, 'failed'],
  ['failed at a limit', { subtype: 'error_max_turns', is_error: true, terminal_reason: 'max_turns' }, 'failed'],
  ['interrupted while streaming', { is_error: true, terminal_reason: 'aborted_streaming' }, 'interrupted'],
  ['interrupted in a tool', { is_error: true, terminal_reason: 'aborted_tools' }, 'interrupted'],
];

for (const [sentence, line, outcome] of RESULTS) {
  test(`a turn has ${sentence}`, () => {
    const parsed = parse({ type: 'result', ...line });
    assert.ok(parsed?.kind === 'result');
    assert.equal(parsed.result.outcome, outcome);
  });
}
