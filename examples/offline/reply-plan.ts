import { defaultAnswer } from './default-answer.js';
import { type Directive, type FailDirective, parseDirectives } from './directives.js';
import { isSideRequest, type MessagesRequest, newestTurn } from './messages-request.js';

/** What the offline API does with one request. */
export type ReplyPlan =
  | { readonly kind: 'fail'; readonly failure: FailDirective; readonly otherwise: ReplyPlan }
  | { readonly kind: 'silence' }
  | { readonly kind: 'message'; readonly parts: readonly ReplyPart[] };

export type ReplyPart =
  | { readonly kind: 'text' | 'thinking'; readonly chunks: readonly ReplyChunk[] }
  | { readonly kind: 'tool_use'; readonly name: string; readonly input: Record<string, unknown> }
  | { readonly kind: 'hang' };

export interface ReplyChunk {
  readonly text: string;
  readonly pauseMs?: number;
  /** Sent a few bytes at a time, so that a character arrives in two pieces. */
  readonly isSplit?: boolean;
}

export const UNICODE_TEXT = 'Grüße, 世界! Ελληνικά, кириллица, עברית, 👩‍🚀🚀 and back.';

const LONG_CHUNK = `${'The quick brown fox jumps over the lazy dog. '.repeat(364)}`.slice(0, 16 * 1024);

/** Decides from the request alone, so that a test reads the answer off its own prompt. */
export function planReply(request: MessagesRequest): ReplyPlan {
  const { text, toolResults } = newestTurn(request);
  const directives = isSideRequest(request) ? [] : parseDirectives(text);
  if (directives.length === 0) return message([say(defaultAnswer(text))]);
  return planStage(stageOf(directives, toolResults.length), text, toolResults.at(-1) ?? '');
}

/** A tool ends a stage: what follows it is for the request that brings the tool's result. */
function stageOf(directives: readonly Directive[], stage: number): readonly Directive[] {
  const stages: Directive[][] = [[]];
  for (const directive of directives) {
    stages.at(-1)?.push(directive);
    if (directive.kind === 'tool') stages.push([]);
  }
  return stages[stage] ?? [];
}

function planStage(directives: readonly Directive[], prompt: string, toolResult: string): ReplyPlan {
  const failure = directives.find((directive) => directive.kind === 'fail');
  const rest = directives.filter((directive) => directive.kind !== 'fail');
  const plan = planMessage(rest, prompt, toolResult);
  return failure ? { kind: 'fail', failure, otherwise: plan } : plan;
}

function planMessage(directives: readonly Directive[], prompt: string, toolResult: string): ReplyPlan {
  if (directives.some(({ kind }) => kind === 'hang-before-first')) return { kind: 'silence' };
  if (directives.length > 0) return message(directives.flatMap((directive) => partsOf(directive, prompt)));
  return message([say(toolResult ? `The tool answered: ${toolResult}` : 'Done.')]);
}

function partsOf(directive: Directive, prompt: string): ReplyPart[] {
  switch (directive.kind) {
    case 'say':
      return [say(directive.text)];
    case 'thinking':
      return [{ kind: 'thinking', chunks: wordsOf(directive.text) }];
    case 'echo':
      return [say(prompt.replaceAll('[[echo]]', '').trim())];
    case 'unicode':
      return [{ kind: 'text', chunks: [{ text: UNICODE_TEXT, isSplit: true }] }];
    case 'long':
      return [{ kind: 'text', chunks: longChunks(directive.bytes) }];
    case 'slow':
      return [{ kind: 'text', chunks: slowChunks(directive.chunks, directive.pauseMs) }];
    case 'tool':
      return [{ kind: 'tool_use', name: directive.name, input: directive.input }];
    case 'hang':
      return [{ kind: 'hang' }];
    default:
      return [];
  }
}

/** Neighbouring texts become one block: the CLI takes the last block of a message for its result. */
function message(parts: readonly ReplyPart[]): ReplyPlan {
  const joined: ReplyPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind !== 'text' || last?.kind !== 'text') joined.push(part);
    else joined[joined.length - 1] = { kind: 'text', chunks: [...last.chunks, { text: ' ' }, ...part.chunks] };
  }
  return { kind: 'message', parts: joined };
}

function say(text: string): ReplyPart {
  return { kind: 'text', chunks: wordsOf(text) };
}

function wordsOf(text: string): ReplyChunk[] {
  return (text.match(/\s*\S+\s*$|\s*\S+/g) ?? ['']).map((word) => ({ text: word }));
}

function slowChunks(count: number, pauseMs: number): ReplyChunk[] {
  return Array.from({ length: count }, (_, index) => ({ text: `chunk ${index + 1} of ${count}. `, pauseMs }));
}

function longChunks(bytes: number): ReplyChunk[] {
  const whole = Array.from({ length: Math.floor(bytes / LONG_CHUNK.length) }, () => ({ text: LONG_CHUNK }));
  const rest = bytes % LONG_CHUNK.length;
  return rest ? [...whole, { text: LONG_CHUNK.slice(0, rest) }] : whole;
}
