import { tokensOf } from './messages-request.js';
import type { ReplyChunk, ReplyPart } from './reply-plan.js';

/** One step of a streamed answer: an event to send, a pause, or silence until the client goes away. */
export type StreamStep =
  | { readonly kind: 'event'; readonly name: string; readonly data: object; readonly isSplit: boolean }
  | { readonly kind: 'pause'; readonly pauseMs: number }
  | { readonly kind: 'hang' };

export interface MessageHead {
  readonly id: string;
  readonly model: string;
  readonly inputTokens: number;
}

/** The events of a streamed message in the documented order: start, blocks, delta with the stop reason, stop. */
export function* streamMessage(head: MessageHead, parts: readonly ReplyPart[]): Generator<StreamStep> {
  yield event('message_start', { message: messageBody(head, [], null, 1) });
  for (const [index, part] of parts.entries()) yield* streamPart(head, part, index);
  const delta = { stop_reason: stopReasonOf(parts), stop_sequence: null };
  yield event('message_delta', { delta, usage: { output_tokens: outputTokensOf(parts) } });
  yield event('message_stop', {});
}

/** The same message in one piece, for a request that does not stream. */
export function wholeMessage(head: MessageHead, parts: readonly ReplyPart[]): object {
  const content = parts.map((part, index) => finishedBlock(head, part, index));
  return messageBody(head, content, stopReasonOf(parts), outputTokensOf(parts));
}

function* streamPart(head: MessageHead, part: ReplyPart, index: number): Generator<StreamStep> {
  yield event('content_block_start', { index, content_block: emptyBlock(head, part, index) });
  if (part.kind === 'hang') {
    yield delta(index, { type: 'text_delta', text: 'I am still' });
    yield { kind: 'hang' };
  }
  if (part.kind === 'tool_use') yield* streamInput(index, JSON.stringify(part.input));
  if (part.kind === 'text' || part.kind === 'thinking') yield* streamChunks(index, part.kind, part.chunks);
  yield event('content_block_stop', { index });
}

function* streamInput(index: number, json: string): Generator<StreamStep> {
  const half = Math.ceil(json.length / 2);
  yield delta(index, { type: 'input_json_delta', partial_json: json.slice(0, half) });
  yield delta(index, { type: 'input_json_delta', partial_json: json.slice(half) });
}

function* streamChunks(index: number, kind: 'text' | 'thinking', chunks: readonly ReplyChunk[]): Generator<StreamStep> {
  for (const { text, pauseMs, isSplit } of chunks) {
    if (pauseMs) yield { kind: 'pause', pauseMs };
    yield delta(index, { type: `${kind}_delta`, [kind]: text }, isSplit);
  }
  if (kind === 'thinking') yield delta(index, { type: 'signature_delta', signature: 'offline' });
}

function event(name: string, data: object, isSplit = false): StreamStep {
  return { kind: 'event', name, data: { type: name, ...data }, isSplit };
}

function delta(index: number, content: object, isSplit = false): StreamStep {
  return event('content_block_delta', { index, delta: content }, isSplit);
}

function emptyBlock(head: MessageHead, part: ReplyPart, index: number): object {
  if (part.kind === 'tool_use') return { type: 'tool_use', id: toolUseId(head, index), name: part.name, input: {} };
  if (part.kind === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'text', text: '' };
}

function finishedBlock(head: MessageHead, part: ReplyPart, index: number): object {
  if (part.kind === 'tool_use') return { ...emptyBlock(head, part, index), input: part.input };
  if (part.kind === 'thinking') return { type: 'thinking', thinking: textOf(part), signature: 'offline' };
  return { type: 'text', text: textOf(part) };
}

function toolUseId(head: MessageHead, index: number): string {
  return `toolu_${head.id}_${index}`;
}

function messageBody(head: MessageHead, content: readonly object[], stopReason: string | null, outputTokens: number) {
  const cache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return {
    id: head.id,
    type: 'message',
    role: 'assistant',
    model: head.model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: head.inputTokens, output_tokens: outputTokens, ...cache },
  };
}

function stopReasonOf(parts: readonly ReplyPart[]): string {
  return parts.some(({ kind }) => kind === 'tool_use') ? 'tool_use' : 'end_turn';
}

function outputTokensOf(parts: readonly ReplyPart[]): number {
  return tokensOf(parts.map((part) => (part.kind === 'tool_use' ? JSON.stringify(part.input) : textOf(part))).join(''));
}

function textOf(part: ReplyPart): string {
  return part.kind === 'text' || part.kind === 'thinking' ? part.chunks.map(({ text }) => text).join('') : '';
}
