import { type Selectable, sql } from 'kysely';
import type { NodeTable } from '../db/node-tables.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

type NodeRow = Selectable<NodeTable>;

/** With how long it has not beaten, by the clock of the database. */
export type SeenNode = NodeRow & { readonly silent_ms: number };

const isLive = sql<boolean>`state = 'live'`;

const enrol = statement<{ name: string; now: number }>()((db, p, { now }) =>
  db
    .insertInto('nodes')
    .values({
      name: p('name'),
      admin_key_hash: sql.lit(''),
      state: sql.lit('stopped'),
      started_at: p('now'),
      beat_at: now,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const selectByName = statement<{ name: string }>()((db, p) =>
  db.selectFrom('nodes').select('id').where('name', '=', p('name')),
);

const selectNow = statement<object>()((db, _p, { now }) => db.selectNoFrom(now.as('now')));

export type Arrival = Pick<NodeRow, 'id' | 'url' | 'pid' | 'version' | 'admin_key_hash' | 'started_at'>;

const arrive = statement<Arrival>()((db, p, { now }) =>
  db
    .updateTable('nodes')
    .set({
      state: sql.lit('live'),
      url: p('url'),
      pid: p('pid'),
      version: p('version'),
      admin_key_hash: p('admin_key_hash'),
      started_at: p('started_at'),
      beat_at: now,
    })
    .where('id', '=', p('id')),
);
const beat = statement<{ id: number }>()((db, p, { now }) =>
  db.updateTable('nodes').set({ beat_at: now }).where('id', '=', p('id')).where(isLive),
);
const leave = statement<{ id: number; state: string }>()((db, p) =>
  db
    .updateTable('nodes')
    .set({ state: p('state') })
    .where('id', '=', p('id'))
    .where(isLive),
);
const selectAll = statement<object>()((db, _p, { now }) =>
  db.selectFrom('nodes').selectAll().select(sql<number>`${now} - beat_at`.as('silent_ms')).orderBy('id'),
);
const removeOld = statement<{ goneMs: number }>()((db, p, { now }) =>
  db
    .deleteFrom('nodes')
    .where('state', '!=', 'live')
    .where(sql<boolean>`beat_at < ${now} - ${p('goneMs')}`),
);

interface Duty {
  readonly name: string;
  readonly node: number;
  readonly forMs: number;
}

const takeDuty = statement<Duty>()((db, p, { now }) =>
  db
    .insertInto('duties')
    .values({ name: p('name'), node_id: p('node'), until: sql`${now} + ${p('forMs')}` })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((excluded) => ({
          node_id: excluded.ref('excluded.node_id'),
          until: excluded.ref('excluded.until'),
        }))
        .where(sql<boolean>`duties.node_id = ${p('node')} or duties.until < ${now}`),
    ),
);
const leaveDuties = statement<{ node: number }>()((db, p) => db.deleteFrom('duties').where('node_id', '=', p('node')));

export const nodeStore = {
  /** The key of the hub with this name, made where there is none. */
  enrol: async (tx: Transaction, name: string, now: number): Promise<number> => {
    await tx.run(enrol, { name, now });
    return (await tx.first(selectByName, { name }))!.id;
  },
  /** By the clock of the database, in milliseconds since 1970. */
  now: async (handle: Handle): Promise<number> => (await handle.first(selectNow, {}))!.now,
  arrive: (tx: Transaction, arrival: Arrival): Awaitable<number> => tx.run(arrive, arrival),
  /** 0 where others have taken it for lost. */
  beat: (tx: Transaction, id: number): Awaitable<number> => tx.run(beat, { id }),
  leave: (tx: Transaction, id: number, state: 'stopped' | 'lost'): Awaitable<number> => tx.run(leave, { id, state }),
  all: (handle: Handle): Awaitable<SeenNode[]> => handle.all(selectAll, {}),
  removeOld: (tx: Transaction, goneMs: number): Awaitable<number> => tx.run(removeOld, { goneMs }),
  /** 1 where the hub has it now, else 0. */
  takeDuty: (tx: Transaction, duty: Duty): Awaitable<number> => tx.run(takeDuty, duty),
  leaveDuties: (tx: Transaction, node: number): Awaitable<number> => tx.run(leaveDuties, { node }),
};
