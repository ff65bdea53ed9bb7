import { type Selectable, sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../../db/statement.js';
import type { Tables } from '../../db/tables.js';
import type { Awaitable } from '../../lib/awaitable.js';

export type LaneRow = Selectable<Tables['lanes']>;

const selectLanes = statement<object>()((db) => db.selectFrom('lanes').selectAll());
const putLane = statement<LaneRow>()((db, p) =>
  db
    .insertInto('lanes')
    .values({ name: p('name'), paused_until: p('paused_until'), reason: p('reason'), failures: p('failures') })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((excluded) => ({
        paused_until: excluded.ref('excluded.paused_until'),
        reason: excluded.ref('excluded.reason'),
        failures: excluded.ref('excluded.failures'),
      })),
    ),
);
const resumeLane = statement<{ name: string; now: number }>()((db, p) =>
  db
    .updateTable('lanes')
    .set({ paused_until: sql.lit(null) })
    .where('name', '=', p('name'))
    .where('paused_until', '<=', p('now')),
);
const clearFailures = statement<{ name: string }>()((db, p) =>
  db
    .updateTable('lanes')
    .set({ failures: sql.lit(0) })
    .where('name', '=', p('name'))
    .where('paused_until', 'is', null),
);

export const laneStore = {
  all: (handle: Handle): Awaitable<LaneRow[]> => handle.all(selectLanes, {}),
  put: (tx: Transaction, row: LaneRow): Awaitable<number> => tx.run(putLane, row),
  /** 0 where it is open, or paused for longer. */
  resume: (tx: Transaction, name: string, now: number): Awaitable<number> => tx.run(resumeLane, { name, now }),
  clearFailures: (tx: Transaction, name: string): Awaitable<number> => tx.run(clearFailures, { name }),
};
