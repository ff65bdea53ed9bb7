import type { Database } from '../db/database.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { type TaskState, taskStates } from './task-state.js';
import type { StatsQuery, TaskStats, TaskTimeline, TimelineQuery } from './task-statistics-schema.js';
import { type BucketQuery, type Span, type StatisticFilter, taskStatisticsStore } from './task-statistics-store.js';

const HOUR_MS = 3_600_000;
const PARTS = 100;
const MOST_PARTS = 2000;

type Counts = Record<TaskState, number>;

const none = (): Counts => Object.fromEntries(taskStates.map((state) => [state, 0])) as Counts;

/** Tasks in numbers, and over time. */
export class TaskStatisticsService {
  readonly #parts: { readonly database: Database; readonly clock: Clock };

  constructor(parts: { readonly database: Database; readonly clock: Clock }) {
    this.#parts = parts;
  }

  async stats({ after, before, ...filter }: StatsQuery): Promise<TaskStats> {
    const { read } = this.#parts.database;
    const made = instantsOf(after, before);
    const window = this.#spanOf(after, before, HOUR_MS);
    const byState = none();
    const byKind: Record<string, Counts> = {};
    let total = 0;
    for (const { kind, state, count } of await taskStatisticsStore.counts(read, filter, made)) {
      byKind[kind] ??= none();
      byKind[kind][state as TaskState] += count;
      byState[state as TaskState] += count;
      total += count;
    }
    const { count, meanMs, maxMs } = await taskStatisticsStore.completed(read, filter, window);
    const windowSeconds = (window.before - window.after) / 1000;
    return {
      total,
      byState,
      byKind,
      durationSeconds: {
        count,
        mean: secondsOf(meanMs),
        p50: secondsOf(await this.#percentile(filter, window, { count, share: 0.5 })),
        p95: secondsOf(await this.#percentile(filter, window, { count, share: 0.95 })),
        max: secondsOf(maxMs),
      },
      throughput: { windowSeconds, completed: count, perMinute: (60 * count) / windowSeconds },
    };
  }

  /** @throws invalid_request where there would be too many parts, or none */
  async timeline({ after, before, bucketSeconds, ...filter }: TimelineQuery): Promise<TaskTimeline> {
    const span = this.#spanOf(after, before, HOUR_MS);
    const length = span.before - span.after;
    const bucketMs = 1000 * (bucketSeconds ?? Math.max(1, Math.ceil(length / 1000 / PARTS)));
    const parts = Math.ceil(length / bucketMs);
    if (parts > MOST_PARTS)
      throw new HubError('invalid_request', `That would be ${parts} parts; a timeline has at most ${MOST_PARTS}.`, {
        errors: [{ pointer: '/bucketSeconds', message: 'is too small for the time asked for' }],
      });
    const counts = async (column: BucketQuery['column'], state?: TaskState): Promise<Map<number, number>> => {
      const query = { column, span, bucketMs, ...(state === undefined ? {} : { state }) };
      const rows = await taskStatisticsStore.buckets(this.#parts.database.read, filter, query);
      return new Map(rows.map(({ bucket, count }) => [Number(bucket), count]));
    };
    const created = await counts('created_at');
    const started = await counts('started_at');
    const completed = await counts('ended_at', 'completed');
    const failed = await counts('ended_at', 'failed');
    const cancelled = await counts('ended_at', 'cancelled');
    const items = Array.from({ length: parts }, (_, part) => ({
      at: toRfc3339(span.after + part * bucketMs),
      created: created.get(part) ?? 0,
      started: started.get(part) ?? 0,
      completed: completed.get(part) ?? 0,
      failed: failed.get(part) ?? 0,
      cancelled: cancelled.get(part) ?? 0,
    }));
    return { after: toRfc3339(span.after), before: toRfc3339(span.before), bucketSeconds: bucketMs / 1000, items };
  }

  /** Nearest rank: the smallest value that is not exceeded by that share of them. */
  async #percentile(
    filter: StatisticFilter,
    span: Span,
    { count, share }: { count: number; share: number },
  ): Promise<number | null> {
    if (count === 0) return null;
    const position = Math.max(0, Math.ceil(share * count) - 1);
    return (await taskStatisticsStore.tookMs(this.#parts.database.read, filter, span, position)) ?? null;
  }

  /** What ends at the present instant is within. @throws invalid_request */
  #spanOf(after: string | undefined, before: string | undefined, lengthMs: number): Span {
    const given = instantsOf(after, before);
    const end = given.before ?? this.#parts.clock.now() + 1;
    const start = given.after ?? end - lengthMs;
    if (start < end) return { after: start, before: end };
    throw new HubError('invalid_request', 'The time asked for is empty.', {
      errors: [{ pointer: '/after', message: 'must be earlier than before' }],
    });
  }
}

const instantsOf = (after: string | undefined, before: string | undefined): Partial<Span> => ({
  ...(after === undefined ? {} : { after: Date.parse(after) }),
  ...(before === undefined ? {} : { before: Date.parse(before) }),
});

const secondsOf = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
