import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Handle } from '../db/statement.js';
import type { Tables } from '../db/tables.js';

export interface StatisticFilter {
  readonly kind?: string;
  readonly assignee?: string;
}

/** Instants: from `after` on, before `before`. */
export interface Span {
  readonly after: number;
  readonly before: number;
}

const isCompleted = sql<boolean>`state = 'completed' and started_at is not null`;
const tookMs = sql<number>`ended_at - started_at`;

const fitting = <O>(query: SelectQueryBuilder<Tables, 'tasks', O>, { kind, assignee }: StatisticFilter) => {
  const ofKind = kind === undefined ? query : query.where('kind', '=', kind);
  return assignee === undefined ? ofKind : ofKind.where('assignee', '=', assignee);
};

const inSpan = <O>(
  query: SelectQueryBuilder<Tables, 'tasks', O>,
  column: 'created_at' | 'started_at' | 'ended_at',
  { after, before }: Span,
) => query.where(column, '>=', after).where(column, '<', before);

export const taskStatisticsStore = {
  /** Of those that were made in the span, or of all. */
  counts: (
    handle: Handle,
    filter: StatisticFilter,
    span: Partial<Span>,
  ): Promise<{ kind: string; state: string; count: number }[]> => {
    let query = fitting(handle.kysely.selectFrom('tasks'), filter);
    if (span.after !== undefined) query = query.where('created_at', '>=', span.after);
    if (span.before !== undefined) query = query.where('created_at', '<', span.before);
    return query
      .select(['kind', 'state', sql<number>`count(*)`.as('count')])
      .groupBy(['kind', 'state'])
      .orderBy('kind')
      .orderBy('state')
      .execute();
  },

  /** Of those that were completed in the span: how many, and how long they took on average, in milliseconds. */
  completed: async (
    handle: Handle,
    filter: StatisticFilter,
    span: Span,
  ): Promise<{ count: number; meanMs: number | null; maxMs: number | null }> => {
    const row = await inSpan(fitting(handle.kysely.selectFrom('tasks'), filter), 'ended_at', span)
      .where(isCompleted)
      .select([
        sql<number>`count(*)`.as('count'),
        sql<number | null>`sum(${tookMs}) * 1.0 / nullif(count(*), 0)`.as('meanMs'),
        sql<number | null>`max(${tookMs})`.as('maxMs'),
      ])
      .executeTakeFirstOrThrow();
    return { ...row, meanMs: row.meanMs === null ? null : Number(row.meanMs) };
  },

  /** The `position`th shortest of these, counted from 0. */
  tookMs: async (
    handle: Handle,
    filter: StatisticFilter,
    span: Span,
    position: number,
  ): Promise<number | undefined> => {
    const row = await inSpan(fitting(handle.kysely.selectFrom('tasks'), filter), 'ended_at', span)
      .where(isCompleted)
      .select(tookMs.as('ms'))
      .orderBy('ms')
      .limit(1)
      .offset(position)
      .executeTakeFirst();
    return row?.ms;
  },

  /** How many fell into which part of the span, for each that has any: parts are counted from 0. */
  buckets: (
    handle: Handle,
    filter: StatisticFilter,
    { column, span, bucketMs, state }: BucketQuery,
  ): Promise<{ bucket: number; count: number }[]> => {
    const of = inSpan(fitting(handle.kysely.selectFrom('tasks'), filter), column, span);
    const bucket: RawBuilder<number> = sql`(${sql.ref(column)} - ${sql.lit(span.after)}) / ${sql.lit(bucketMs)}`;
    return (state === undefined ? of : of.where('state', '=', state))
      .select([bucket.as('bucket'), sql<number>`count(*)`.as('count')])
      .groupBy(bucket)
      .orderBy('bucket')
      .execute();
  },
};

export interface BucketQuery {
  readonly column: 'created_at' | 'started_at' | 'ended_at';
  readonly span: Span;
  /** A whole number. */
  readonly bucketMs: number;
  readonly state?: string;
}
