import { type Selectable, sql } from 'kysely';
import type { TurnTable } from '../db/agent-tables.js';
import type { OldRow, Stretch } from '../db/old-end-walk.js';
import { isOpenOrDead } from '../db/open-delivery.js';
import { statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

const firstTurn = statement<{ above: number }>()((db, p) =>
  db
    .selectFrom('turns')
    .select(['id', sql<number>`coalesce(started_at, queued_at)`.as('at')])
    .where('id', '>', p('above'))
    .orderBy('id')
    .limit(1),
);
/** As long as its delivery is open or dead, what was done about it is not over. */
const overTurns = statement<Stretch>()((db, p) =>
  db
    .selectFrom('turns')
    .select('id')
    .where('id', '>=', p('from'))
    .where('id', '<=', p('upTo'))
    .where('ended_at', '<', p('before'))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.id', '=', 'turns.delivery_id')
            .where(isOpenOrDead),
        ),
      ),
    )
    .orderBy('id')
    .limit(p('limit')),
);
const deleteOutput = statement<{ id: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('turn_output')
    .where('id', 'in', (of) =>
      of.selectFrom('turn_output').select('id').where('turn_id', '=', p('id')).orderBy('id').limit(p('limit')),
    ),
);
type TurnOfConversation = Pick<Selectable<TurnTable>, 'conversation_id' | 'module' | 'started_at'>;

/** Of forks that have not begun: that their session has gone on since, this turn tells, and it stays true without it. */
const deleteOutgrownCopies = statement<TurnOfConversation>()((db, p) =>
  db
    .deleteFrom('agent_sessions')
    .where('conversation_id', 'in', (of) =>
      of
        .selectFrom('conversations')
        .select('id')
        .where('forked_from', '=', p('conversation_id'))
        .where('forked_from', 'is not', null),
    )
    .where('module', '=', p('module'))
    .where('is_started', '=', sql.lit(0))
    .where('updated_at', '<', p('started_at')),
);
const deleteTurn = statement<{ id: number }>()((db, p) => db.deleteFrom('turns').where('id', '=', p('id')));

const firstInstance = statement<{ above: number }>()((db, p) =>
  db.selectFrom('instances').select(['id', 'started_at as at']).where('id', '>', p('above')).orderBy('id').limit(1),
);
/** Those that live have not ended. */
const overInstances = statement<Stretch>()((db, p) =>
  db
    .selectFrom('instances')
    .select('id')
    .where('id', '>=', p('from'))
    .where('id', '<=', p('upTo'))
    .where('ended_at', '<', p('before'))
    .orderBy('id')
    .limit(p('limit')),
);
const deleteInstance = statement<{ id: number }>()((db, p) => db.deleteFrom('instances').where('id', '=', p('id')));

export const agentRetentionStore = {
  firstTurn: (tx: Transaction, above: number): Awaitable<OldRow | undefined> => tx.first(firstTurn, { above }),
  overTurns: (tx: Transaction, stretch: Stretch): Awaitable<{ id: number }[]> => tx.all(overTurns, stretch),
  /** The first pieces of it. @returns how many of at most `limit` */
  removeOutput: (tx: Transaction, id: number, limit: number): Awaitable<number> => tx.run(deleteOutput, { id, limit }),
  removeOutgrownCopies: (tx: Transaction, turn: TurnOfConversation): Awaitable<number> =>
    tx.run(deleteOutgrownCopies, turn),
  removeTurn: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteTurn, { id }),
  firstInstance: (tx: Transaction, above: number): Awaitable<OldRow | undefined> => tx.first(firstInstance, { above }),
  overInstances: (tx: Transaction, stretch: Stretch): Awaitable<{ id: number }[]> => tx.all(overInstances, stretch),
  removeInstance: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteInstance, { id }),
};
