import { setTimeout as pause } from 'node:timers/promises';
import { isPassing } from './comeback.js';
import type { HubConnection } from './hub-connection.js';
import { EventsLost, HubUnreachable, isProblem } from './hub-errors.js';
import type { HubEvent, HubStats } from './hub-types.js';
import { backoffMs } from './retry-plan.js';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

/** The hub says something every 15 s. */
const SILENT_MS = 45_000;

export interface EventFilter {
  /** As `message.*`, `turn.output`. */
  readonly types?: readonly string[] | undefined;
  readonly module?: string | undefined;
  readonly conversation?: string | undefined;
  readonly message?: string | undefined;
  readonly turn?: string | undefined;
  readonly task?: string | undefined;
}

export interface FollowOptions extends EventFilter {
  /** Events with a higher number; from now on unless given, and 0 for all that are kept. */
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of a gap, after which the stream goes on with the oldest. Without it a gap ends the stream with `EventsLost`. */
  readonly onReset?: ((oldestSeq: number) => void) | undefined;
  /** Told when the connection is lost, and it is tried again. */
  readonly onLost?: ((error: Error) => void) | undefined;
}

/** Events without a gap for as long as somebody iterates: where the connection is lost, it goes on after the last one seen. */
export async function* followEvents(
  connection: HubConnection,
  { after, signal, onReset, onLost, ...filter }: FollowOptions,
): AsyncGenerator<HubEvent, void> {
  const isOver = (): boolean => signal?.aborted === true;
  const stats = (): Promise<HubStats> => connection.json('GET', '/v1/stats', { signal });
  const start = await stats().catch((error: unknown) => {
    if (isOver()) return undefined;
    throw error;
  });
  if (start === undefined) return;
  const query = { ...filter, types: filter.types?.join(',') };
  let { epoch } = start;
  let cursor = after ?? start.events.lastSeq;
  const skipTo = (oldestSeq: number): void => {
    if (onReset === undefined) throw new EventsLost(oldestSeq);
    cursor = oldestSeq - 1;
    onReset(oldestSeq);
  };
  for (let attempt = 0; !isOver(); attempt++) {
    try {
      const blocks = openEvents(connection, { query: { ...query, after: cursor }, signal });
      for await (const { event, data } of blocks) {
        attempt = 0;
        if (event === 'reset') {
          skipTo((JSON.parse(data) as { oldestSeq: number }).oldestSeq);
        } else {
          const happened = JSON.parse(data) as HubEvent;
          cursor = happened.seq;
          yield happened;
        }
      }
    } catch (error) {
      if (isOver()) return;
      if (isProblem(error, 'cursor_expired')) skipTo((await stats()).events.oldestSeq);
      else if (!isPassing(error)) throw error;
      else onLost?.(error);
    }
    const now = await comeBack(stats, { attempt, signal });
    if (now === undefined) return;
    if (now.epoch !== epoch) skipTo(now.events.oldestSeq);
    epoch = now.epoch;
  }
}

/** Asks until the hub answers; undefined when it is not to be waited for any more. */
const comeBack = async (
  stats: () => Promise<HubStats>,
  { attempt, signal }: { readonly attempt: number; readonly signal: AbortSignal | undefined },
): Promise<HubStats | undefined> => {
  for (let more = attempt; ; more++) {
    try {
      await pause(backoffMs(more), undefined, { signal });
      return await stats();
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      if (!isPassing(error)) throw error;
    }
  }
};

async function* openEvents(
  connection: HubConnection,
  { query, signal }: { query: Record<string, string | number | undefined>; signal: AbortSignal | undefined },
): AsyncGenerator<ServerSentEvent> {
  const { body, end } = await connection.stream('/v1/events', { query, signal, silentMs: SILENT_MS });
  try {
    yield* readServerSentEvents(body);
  } catch (error) {
    throw new HubUnreachable(connection.url, error);
  } finally {
    await end();
  }
}
