import { type Selectable, sql } from 'kysely';
import type { TurnCostTable } from '../../db/agent-tables.js';
import type { OldRow, Stretch } from '../../db/old-end-walk.js';
import { type Handle, statement, type Transaction } from '../../db/statement.js';
import type { Awaitable } from '../../lib/awaitable.js';

export type TurnCostRow = Selectable<TurnCostTable>;

/** A turn uses a few models at most. */
const MOST_MODELS = 20;

const insertCost = statement<Omit<TurnCostRow, 'id'>>()((db, p) =>
  db.insertInto('turn_costs').values({
    turn_id: p('turn_id'),
    instance_id: p('instance_id'),
    process: p('process'),
    session_id: p('session_id'),
    module: p('module'),
    conversation_id: p('conversation_id'),
    model: p('model'),
    input_tokens: p('input_tokens'),
    output_tokens: p('output_tokens'),
    cache_read_tokens: p('cache_read_tokens'),
    cache_creation_tokens: p('cache_creation_tokens'),
    cost_usd: p('cost_usd'),
    reported: p('reported'),
    at: p('at'),
  }),
);
const selectOfSession = statement<{ session: string }>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .selectAll()
    .where('session_id', '=', p('session'))
    .where('reported', '<>', '')
    .orderBy('id', 'desc')
    .limit(MOST_MODELS),
);

const usd = sql<number>`coalesce(sum(cost_usd), 0)`.as('usd');
const tokens =
  sql<number>`coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens), 0)`.as('tokens');
const turns = sql<number>`count(distinct turn_id)`.as('turns');

/** Dollars, tokens of every kind, and turns. */
export interface CostSum {
  readonly usd: number;
  readonly tokens: number;
  readonly turns: number;
}

const sumSince = statement<{ since: number }>()((db, p) =>
  db.selectFrom('turn_costs').select([usd, tokens, turns]).where('at', '>=', p('since')),
);
const sumOfModule = statement<{ module: string; since: number }>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .select([usd, tokens, turns])
    .where('module', '=', p('module'))
    .where('at', '>=', p('since')),
);
/** One that runs may; one that has ended said something, or used something, or succeeded. The others were held up on their way. */
const hasReachedModel = sql<boolean>`(ended_at is null or first_token_at is not null or state = 'succeeded'
  or input_tokens + output_tokens > 0 or cost_usd > 0)`;
const countTurns = statement<{ module: string; since: number }>()((db, p) =>
  db
    .selectFrom('turns')
    .select(sql<number>`count(*)`.as('turns'))
    .where('module', '=', p('module'))
    .where('started_at', '>=', p('since'))
    .where(hasReachedModel),
);
const sumByModule = statement<{ since: number }>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .select(['module', usd, tokens, turns])
    .where('at', '>=', p('since'))
    .groupBy('module')
    .orderBy('usd', 'desc'),
);
const sumByConversation = statement<{ since: number; limit: number }>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .select(['conversation_id', usd, tokens, turns])
    .where('at', '>=', p('since'))
    .groupBy('conversation_id')
    .orderBy('usd', 'desc')
    .limit(p('limit')),
);
const sumByDay = statement<{ since: number }>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .select([sql<number>`at / 86400000`.as('day'), usd, tokens, turns])
    .where('at', '>=', p('since'))
    .groupBy(sql`at / 86400000`)
    .orderBy('day', 'desc'),
);
const insertStop = statement<{ module: string; period: string; starts_at: number; at: number }>()((db, p) =>
  db
    .insertInto('budget_stops')
    .values({ module: p('module'), period: p('period'), starts_at: p('starts_at'), at: p('at') })
    .onConflict((conflict) => conflict.doNothing()),
);
const selectFirst = statement<{ above: number }>()((db, p) =>
  db.selectFrom('turn_costs').select(['id', 'at']).where('id', '>', p('above')).orderBy('id').limit(1),
);
/** What a session that goes on was last reported to have spent is needed for its next turn. */
const selectOver = statement<Stretch>()((db, p) =>
  db
    .selectFrom('turn_costs')
    .select('id')
    .where('id', '>=', p('from'))
    .where('id', '<=', p('upTo'))
    .where('at', '<', p('before'))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('agent_sessions')
            .select('agent_sessions.session_id')
            .whereRef('agent_sessions.conversation_id', '=', 'turn_costs.conversation_id')
            .whereRef('agent_sessions.module', '=', 'turn_costs.module')
            .whereRef('agent_sessions.session_id', '=', 'turn_costs.session_id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(p('limit')),
);
const deleteCost = statement<{ id: number }>()((db, p) => db.deleteFrom('turn_costs').where('id', '=', p('id')));

const NO_COST: CostSum = { usd: 0, tokens: 0, turns: 0 };

export const costStore = {
  insert: (tx: Transaction, row: Omit<TurnCostRow, 'id'>): Awaitable<number> => tx.insert(insertCost, row),
  /** What was reported of the session, the newest first. */
  ofSession: (handle: Handle, session: string): Awaitable<TurnCostRow[]> => handle.all(selectOfSession, { session }),
  since: async (handle: Handle, since: number): Promise<CostSum> =>
    (await handle.first(sumSince, { since })) ?? NO_COST,
  ofModule: async (handle: Handle, module: string, since: number): Promise<CostSum> =>
    (await handle.first(sumOfModule, { module, since })) ?? NO_COST,
  /** Begun, and under way or come as far as the model. */
  turnsOf: async (handle: Handle, module: string, since: number): Promise<number> =>
    (await handle.first(countTurns, { module, since }))?.turns ?? 0,
  byModule: (handle: Handle, since: number): Awaitable<(CostSum & { module: string })[]> =>
    handle.all(sumByModule, { since }),
  byConversation: (
    handle: Handle,
    since: number,
    limit: number,
  ): Awaitable<(CostSum & { conversation_id: string })[]> => handle.all(sumByConversation, { since, limit }),
  /** Days since 1970, the latest first. */
  byDay: (handle: Handle, since: number): Awaitable<(CostSum & { day: number })[]> => handle.all(sumByDay, { since }),
  /** 0 where it is on record already. */
  stop: (tx: Transaction, row: { module: string; period: string; starts_at: number; at: number }): Awaitable<number> =>
    tx.run(insertStop, row),
  first: (tx: Transaction, above: number): Awaitable<OldRow | undefined> => tx.first(selectFirst, { above }),
  over: (tx: Transaction, stretch: Stretch): Awaitable<{ id: number }[]> => tx.all(selectOver, stretch),
  remove: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteCost, { id }),
};
