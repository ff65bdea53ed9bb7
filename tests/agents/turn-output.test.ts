import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNICODE_TEXT } from '../../examples/offline/reply-plan.js';
import { openEventStream } from '../support/event-stream.js';
import { type AgentHub, type AnyBody, startAgentHub } from './agent-hub.js';

const FIVE_MB = 5 * 1024 * 1024;

const text = (pieces: readonly AnyBody[]): string => pieces.map((piece) => piece.text).join('');

function assertContinues(pieces: readonly AnyBody[], start = 0): void {
  let end = start;
  for (const { offset, text } of pieces) {
    assert.equal(offset, end);
    end += text.length;
  }
}

/** All that the stream of a turn that is over brings. */
async function streamed(t: Parameters<typeof openEventStream>[0], hub: AgentHub, turnId: string, after: number) {
  const url = `${hub.url}/v1/turns/${turnId}/output?after=${after}`;
  const stream = await openEventStream(t, url, { key: hub.key });
  const blocks = [];
  for (let block = await stream.next(); block !== undefined; block = await stream.next()) blocks.push(block);
  assert.deepEqual([blocks.at(-1)?.event, blocks.at(-1)?.data], ['end', '{"state":"succeeded"}']);
  return blocks.filter(({ id }) => id !== undefined).map(({ id, data }) => ({ id: Number(id), ...JSON.parse(data!) }));
}

test('the words of an agent are events while it says them', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = await hub.send('[[say before it hangs]] [[hang]]');
  const { seq, subject, data } = await hub.when({ types: 'turn.output', message: id });
  assert.equal((await hub.get(`/v1/turns/${data.turnId}`)).state, 'running');
  assert.deepEqual([subject.module, subject.messageId, data.messageId], ['Processor', id, id]);
  assert.deepEqual([data.kind, data.offset], ['text', 0]);
  assert.match(data.text, /^before/);
  assert.ok((await hub.when({ types: 'turn.started' })).seq < seq);
});

test('a stream of words reaches its watchers word by word, and each word once', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = await hub.send('[[slow 250ms x 6]]');
  const { data } = await hub.when({ types: 'turn.started', message: id });
  const stream = await openEventStream(t, `${hub.url}/v1/turns/${data.turnId}/output`, { key: hub.key });
  const pieces = [];
  for (let block = await stream.next(); block?.event !== 'end'; block = await stream.next())
    if (block?.data !== undefined) pieces.push(JSON.parse(block.data));
  assert.ok(pieces.length >= 5, `${pieces.length} pieces`);
  assertContinues(pieces);
  const { reply } = await hub.get(`/v1/messages/${id}`);
  assert.equal(text(pieces), reply.payload.response);
});

test('a late reader gets all of the words from any offset on, as JSON and as a stream', async (t) => {
  const hub = await startAgentHub(t);
  const { reply } = await hub.ask('[[unicode]]');
  assert.equal(reply.payload.response, UNICODE_TEXT);
  const { turnId } = reply.payload;
  for (let after = 0; after <= UNICODE_TEXT.length; after++) {
    const output = await hub.get(`/v1/turns/${turnId}/output?after=${after}`);
    assert.equal(output.text, UNICODE_TEXT.slice(after));
    assert.equal(output.nextOffset, UNICODE_TEXT.length);
    assertContinues(output.pieces, after);
  }
  for (const after of [0, 17, UNICODE_TEXT.length]) {
    const pieces = await streamed(t, hub, turnId, after);
    assert.equal(text(pieces), UNICODE_TEXT.slice(after));
    assert.deepEqual(pieces.at(-1)?.id, after === UNICODE_TEXT.length ? undefined : UNICODE_TEXT.length);
  }
  const headers = { 'last-event-id': '17' };
  const again = await openEventStream(t, `${hub.url}/v1/turns/${turnId}/output?after=3`, { key: hub.key, headers });
  const rest = await again.rest();
  assert.equal(text(rest.slice(0, -1)), UNICODE_TEXT.slice(17), 'as a browser comes back');
});

test('an answer of 5 MB is streamed, kept and replied whole', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.ask('[[long 5MB]]');
  const { response, turnId } = sent.reply.payload;
  assert.equal(response.length, FIVE_MB);
  const events = await hub.events({ types: 'turn.output', message: sent.id });
  const said = events.map(({ data }) => data);
  assertContinues(said);
  assert.ok(text(said) === response);
  assert.ok(
    said.every((piece) => piece.text.length <= 64 * 1024),
    'each event is a small frame',
  );
  const rest = await streamed(t, hub, turnId, FIVE_MB - 100_000);
  assertContinues(rest, FIVE_MB - 100_000);
  assert.ok(text(rest) === response.slice(-100_000));
});

test('thinking and tools are pieces of their own kind, and the tool calls stand with the turn', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { allowedTools: ['Bash'] });
  const { reply } = await hub.ask('[[thinking let me see]] [[tool Bash {"command":"echo $((6*7))"}]] [[say done]]');
  const { turnId } = reply.payload;
  const { text: words, pieces } = await hub.get(`/v1/turns/${turnId}/output`);
  assert.equal(words, 'done');
  const kinds = new Set(pieces.map(({ kind }: AnyBody) => kind));
  assert.deepEqual([...kinds], ['thinking', 'tool_use', 'tool_result', 'text']);
  assertContinues(pieces);
  const { toolCalls } = await hub.get(`/v1/turns/${turnId}`);
  const [{ toolUseId, ...call }] = toolCalls;
  assert.match(toolUseId, /^toolu_/);
  assert.deepEqual(call, { name: 'Bash', input: { command: 'echo $((6*7))' }, isError: false, result: '42' });
});

test('a turn that nobody knows has no output', async (t) => {
  const hub = await startAgentHub(t);
  for (const id of ['turn_1', 'turn_x', 'msg_1']) {
    const { status, body } = await hub.call('GET', `/v1/turns/${id}/output`);
    assert.deepEqual([status, body.code], [404, 'turn_not_found']);
  }
});
