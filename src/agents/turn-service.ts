import type { Database } from '../db/database.js';
import type { EventFeed } from '../events/event-feed.js';
import { optionalRfc3339 } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { ToolCall, TurnView } from './turn-schema.js';
import { HUB_STOPPED, isTurnOver, type TurnState } from './turn-state.js';
import { type TurnOutputRow, type TurnRow, turnStore } from './turn-store.js';

export interface TurnFilter {
  readonly module?: string;
  readonly state?: string;
  readonly message?: number;
  readonly conversation?: string;
  readonly below?: number;
}

export interface OutputPiece {
  readonly kind: string;
  readonly offset: number;
  readonly text: string;
}

const ended = ['turn.succeeded', 'turn.failed', 'turn.interrupted'];

/** What turns are and were, and what they say. */
export class TurnService {
  readonly #database: Database;
  readonly #feed: EventFeed;

  constructor({ database, feed }: { database: Database; feed: EventFeed }) {
    this.#database = database;
    this.#feed = feed;
  }

  /** @throws turn_not_found */
  async get(id: number): Promise<TurnRow> {
    const row = await turnStore.find(this.#database.read, id);
    if (row === undefined) throw new HubError('turn_not_found', `There is no turn turn_${id}.`);
    return row;
  }

  /** Newest first. */
  async list(filter: TurnFilter, limit: number): Promise<TurnRow[]> {
    return await turnStore.list(this.#database.read, filter, limit);
  }

  async ofMessage(messageId: number): Promise<TurnView | undefined> {
    const row = await turnStore.lastOfMessage(this.#database.read, messageId);
    return row === undefined ? undefined : turnView(row);
  }

  /** What was said beyond the first `after` characters. */
  async output(id: number, after: number): Promise<OutputPiece[]> {
    const rows = await turnStore.output(this.#database.read, id, after);
    return rows.map((row) => cut(row, after)).filter(({ text }) => text !== '');
  }

  async toolCalls(id: number): Promise<ToolCall[]> {
    const calls = new Map<string, ToolCall>();
    for (const { kind, text } of await turnStore.output(this.#database.read, id, -1)) {
      if (kind === 'tool_use') {
        const call = JSON.parse(text) as ToolCall;
        calls.set(call.toolUseId, call);
      } else if (kind === 'tool_result') {
        const {
          toolUseId,
          isError,
          text: result,
        } = JSON.parse(text) as { toolUseId: string; isError: boolean; text: string };
        const call = calls.get(toolUseId);
        if (call !== undefined) calls.set(toolUseId, { ...call, isError, result });
      }
    }
    return [...calls.values()];
  }

  /**
   * What was said, then what is being said, until the turn is over. It follows events from before it reads what is stored, and goes by
   * offset: no piece is missed and none comes twice.
   */
  async *follow(id: number, after: number, signal: AbortSignal): AsyncGenerator<OutputPiece> {
    const from = this.#feed.lastSeq;
    let offset = after;
    const fresh = async (): Promise<OutputPiece[]> => {
      const pieces = await this.output(id, offset);
      offset = endOf(pieces, offset);
      return pieces;
    };
    yield* await fresh();
    if (await this.#isOver(id)) return yield* await fresh();
    const filter = { turn: id, types: ['turn.output', ...ended] };
    for await (const step of this.#feed.follow({ after: from, filter, signal })) {
      yield* await fresh();
      if (step.kind === 'events' ? step.events.some(({ type }) => ended.includes(type)) : await this.#isOver(id))
        return;
    }
  }

  async #isOver(id: number): Promise<boolean> {
    return isTurnOver((await this.get(id)).state as TurnState);
  }
}

export const endOf = (pieces: readonly OutputPiece[], start: number): number =>
  pieces.reduce((end, { offset, text }) => Math.max(end, offset + text.length), start);

const cut = ({ kind, offset, text }: TurnOutputRow, after: number): OutputPiece =>
  offset >= after ? { kind, offset, text } : { kind, offset: after, text: text.slice(after - offset) };

export const turnView = (row: TurnRow): TurnView => ({
  id: `turn_${row.id}`,
  module: row.module,
  messageId: `msg_${row.message_id}`,
  deliveryId: `dlv_${row.delivery_id}`,
  ...(row.instance_id === null ? {} : { instanceId: `inst_${row.instance_id}` }),
  conversationId: row.conversation_id,
  attempt: row.attempt,
  state: row.state as TurnState,
  ...times(row),
  inputTokens: row.input_tokens,
  outputTokens: row.output_tokens,
  ...(isCostUnknown(row) ? {} : { costUsd: row.cost_usd }),
  ...(row.stop_reason === null ? {} : { stopReason: row.stop_reason }),
  ...(row.error === null ? {} : { error: JSON.parse(row.error) as { code: string; message: string } }),
});

/** What says something costs something, and a process that ended in its turn does not tell what, nor does a hub that did. */
const isCostUnknown = ({ ended_at, input_tokens, output_tokens, cost_usd, ...row }: TurnRow): boolean => {
  const mayHaveSpent = row.first_token_at !== null || row.stop_reason === HUB_STOPPED;
  return ended_at !== null && mayHaveSpent && input_tokens + output_tokens === 0 && cost_usd === 0;
};

const times = ({ queued_at, started_at, first_token_at, ended_at }: TurnRow) => {
  if (started_at === null) return {};
  return {
    startedAt: optionalRfc3339(started_at)!,
    queueMs: started_at - queued_at,
    ...(first_token_at === null ? {} : { firstTokenMs: first_token_at - started_at }),
    ...(ended_at === null ? {} : { endedAt: optionalRfc3339(ended_at)!, totalMs: ended_at - started_at }),
  };
};
