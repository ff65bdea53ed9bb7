import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

interface FairRank {
  readonly queue: string;
  readonly priority: number;
  readonly sender: string;
  readonly rank: number;
}

/** Rows of the queue itself, at each priority: the rank it has come to, and the highest number it has given. No sender is named so. */
export const CLAIMED = '';
export const NUMBERED = '*';

const selectRanks = statement<{ queue: string; priority: number; sender: string }>()((db, p) =>
  db
    .selectFrom('fair_ranks')
    .select(['sender', 'rank'])
    .where('queue', '=', p('queue'))
    .where('priority', '=', p('priority'))
    .where('sender', 'in', [p('sender'), sql.lit(CLAIMED), sql.lit(NUMBERED)]),
);
const raiseRank = statement<FairRank>()((db, p) =>
  db
    .insertInto('fair_ranks')
    .values({ queue: p('queue'), priority: p('priority'), sender: p('sender'), rank: p('rank') })
    .onConflict((conflict) =>
      conflict
        .columns(['queue', 'priority', 'sender'])
        .doUpdateSet((excluded) => ({ rank: excluded.ref('excluded.rank') }))
        .whereRef('fair_ranks.rank', '<', 'excluded.rank' as never),
    ),
);
const deleteSenders = statement<{ queue: string }>()((db, p) =>
  db.deleteFrom('fair_ranks').where('queue', '=', p('queue')).where('sender', '!=', sql.lit(CLAIMED)),
);
const deleteQueue = statement<{ queue: string }>()((db, p) =>
  db.deleteFrom('fair_ranks').where('queue', '=', p('queue')),
);
const selectQueues = statement<object>()((db) => db.selectFrom('fair_ranks').select('queue').distinct());
const levelDeliveries = statement<{ queue: string; priority: number; limit: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ rank: 0 })
    .where('id', 'in', (ranked) =>
      ranked
        .selectFrom('deliveries')
        .select('id')
        .where('queue', '=', p('queue'))
        .where('priority', '=', p('priority'))
        .where(sql<boolean>`state = 'pending' and availability = 'ready'`)
        .where('rank', '>', 0)
        .limit(p('limit')),
    ),
);

export const fairRankStore = {
  /** Of the sender and of the queue itself. */
  ranks: (
    handle: Handle,
    of: { readonly queue: string; readonly priority: number; readonly sender: string },
  ): Awaitable<{ sender: string; rank: number }[]> => handle.all(selectRanks, of),
  /** Does nothing where it is as high already. */
  raise: (tx: Transaction, rank: FairRank): Awaitable<number> => tx.run(raiseRank, rank),
  forgetSenders: (tx: Transaction, queue: string): Awaitable<number> => tx.run(deleteSenders, { queue }),
  forgetQueue: (tx: Transaction, queue: string): Awaitable<number> => tx.run(deleteQueue, { queue }),
  queues: (handle: Handle): Awaitable<{ queue: string }[]> => handle.all(selectQueues, {}),
  /** Deliveries that can be claimed stand in line by age alone. */
  level: async (tx: Transaction, queue: string, limit: number): Promise<number> => {
    let levelled = 0;
    for (let priority = 10; priority > 0 && levelled < limit; priority--)
      levelled += await tx.run(levelDeliveries, { queue, priority, limit });
    return levelled;
  },
};
