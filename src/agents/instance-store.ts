import { type Selectable, sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { InstanceTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type InstanceRow = Selectable<InstanceTable>;

const insertInstance = statement<
  Pick<InstanceRow, 'module' | 'conversation_id' | 'session_id' | 'tag' | 'started_at'>
>()((db, p) =>
  db.insertInto('instances').values({
    module: p('module'),
    conversation_id: p('conversation_id'),
    session_id: p('session_id'),
    tag: p('tag'),
    started_at: p('started_at'),
    state: sql.lit('starting'),
    turns: sql.lit(0),
    cost_usd: sql.lit(0),
  }),
);

export interface InstanceProgress {
  readonly id: number;
  readonly state: string;
  readonly pid: number | null;
  readonly turns: number;
  readonly cost_usd: number;
  readonly last_turn_at: number | null;
}

const isLive = sql<boolean>`state not in ('stopped', 'crashed')`;

const saveProgress = statement<InstanceProgress>()((db, p) =>
  db
    .updateTable('instances')
    .set({
      state: p('state'),
      pid: p('pid'),
      turns: p('turns'),
      cost_usd: p('cost_usd'),
      last_turn_at: p('last_turn_at'),
    })
    .where('id', '=', p('id'))
    .where(isLive),
);
const endInstance = statement<{ id: number; state: string; now: number; reason: string }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ state: p('state'), ended_at: p('now'), end_reason: p('reason') })
    .where('id', '=', p('id'))
    .where(isLive),
);
const selectLive = statement<object>()((db) => db.selectFrom('instances').selectAll().where(isLive).orderBy('id'));
const selectInstance = statement<{ id: number }>()((db, p) =>
  db.selectFrom('instances').selectAll().where('id', '=', p('id')),
);

export const instanceStore = {
  insert: (
    tx: Transaction,
    row: Pick<InstanceRow, 'module' | 'conversation_id' | 'session_id' | 'tag' | 'started_at'>,
  ): Awaitable<number> => tx.insert(insertInstance, row),
  save: (tx: Transaction, row: InstanceProgress): Awaitable<number> => tx.run(saveProgress, row),
  end: (
    tx: Transaction,
    row: { id: number; state: 'stopped' | 'crashed'; now: number; reason: string },
  ): Awaitable<number> => tx.run(endInstance, row),
  /** Those that no hub has ended. */
  live: (handle: Handle): Awaitable<InstanceRow[]> => handle.all(selectLive, {}),
  find: (handle: Handle, id: number): Awaitable<InstanceRow | undefined> => handle.first(selectInstance, { id }),
};
