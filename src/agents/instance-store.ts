import { type Selectable, sql } from 'kysely';
import type { InstanceTable } from '../db/agent-tables.js';
import { isOfNode } from '../db/node.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import { type InstanceState, instanceStates, instanceStatesBefore, isInstanceOver } from './instance-state.js';

export type InstanceRow = Selectable<InstanceTable>;
export type NewInstanceRow = Pick<
  InstanceRow,
  'module' | 'name' | 'lane' | 'conversation_id' | 'session_id' | 'tag' | 'state' | 'started_at'
>;

const insertInstance = statement<NewInstanceRow & { node_id: number }>()((db, p) =>
  db.insertInto('instances').values({
    module: p('module'),
    name: p('name'),
    lane: p('lane'),
    conversation_id: p('conversation_id'),
    session_id: p('session_id'),
    tag: p('tag'),
    state: p('state'),
    started_at: p('started_at'),
    node_id: p('node_id'),
    turns: sql.lit(0),
    cost_usd: sql.lit(0),
  }),
);

const isLive = sql<boolean>`state not in ('stopped', 'crashed')`;

/** One statement for each state that can be reached, with its guard. */
const moveTo = (to: InstanceState) =>
  statement<{ id: number }>()((db, p) =>
    db
      .updateTable('instances')
      .set({ state: sql.lit(to) })
      .where('id', '=', p('id'))
      .where('state', 'in', instanceStatesBefore(to)),
  );
const moves = Object.fromEntries(
  instanceStates
    .filter((state) => !isInstanceOver(state) && instanceStatesBefore(state).length > 0)
    .map((state) => [state, moveTo(state)]),
);

export interface InstanceProgress {
  readonly id: number;
  readonly turns: number;
  readonly last_turn_at: number | null;
}

const saveProgress = statement<InstanceProgress>()((db, p) =>
  db
    .updateTable('instances')
    .set({ turns: p('turns'), last_turn_at: p('last_turn_at') })
    .where('id', '=', p('id'))
    .where(isLive),
);
const addCost = statement<{ id: number; usd: number }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ cost_usd: sql<number>`cost_usd + ${p('usd')}` })
    .where('id', '=', p('id')),
);
const savePid = statement<{ id: number; pid: number | null }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ pid: p('pid') })
    .where('id', '=', p('id'))
    .where(isLive),
);
const bindInstance = statement<{ id: number; conversation: string }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ conversation_id: p('conversation') })
    .where('id', '=', p('id'))
    .where('conversation_id', 'is', null)
    .where(isLive),
);
const restartInstance = statement<{ id: number; session: string; tag: string }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ state: sql.lit('starting'), session_id: p('session'), tag: p('tag'), pid: null })
    .where('id', '=', p('id'))
    .where('state', '=', sql.lit('stopping')),
);
const endInstance = statement<{ id: number; state: string; now: number; reason: string }>()((db, p) =>
  db
    .updateTable('instances')
    .set({ state: p('state'), ended_at: p('now'), end_reason: p('reason') })
    .where('id', '=', p('id'))
    .where(isLive),
);
const selectLive = statement<{ node: number; own: number }>()((db, p) =>
  db
    .selectFrom('instances')
    .selectAll()
    .where(isLive)
    .where(isOfNode(p('node'), p('own')))
    .orderBy('id'),
);
const selectInstance = statement<{ id: number }>()((db, p) =>
  db.selectFrom('instances').selectAll().where('id', '=', p('id')),
);

export interface InstanceFilter {
  readonly module?: string;
  readonly state?: InstanceState;
  readonly conversation?: string;
  readonly below?: number;
}

/** Where it is another hub that lives. */
const selectOwner = statement<{ id: number; own: number }>()((db, p) =>
  db
    .selectFrom('instances')
    .innerJoin('nodes', 'nodes.id', 'instances.node_id')
    .select('nodes.id')
    .where('instances.id', '=', p('id'))
    .where(sql<boolean>`instances.state not in ('stopped', 'crashed') and nodes.state = 'live'`)
    .where('nodes.id', '!=', p('own')),
);

export const instanceStore = {
  ownerElsewhere: (handle: Handle, id: number): Awaitable<{ id: number } | undefined> =>
    handle.first(selectOwner, { id, own: handle.nodeId }),
  insert: (tx: Transaction, row: NewInstanceRow): Awaitable<number> =>
    tx.insert(insertInstance, { ...row, node_id: tx.nodeId }),
  /** 0 where its state does not lead there; and where it has ended, whoever ended it. */
  move: (tx: Transaction, id: number, to: InstanceState): Awaitable<number> => tx.run(moves[to]!, { id }),
  save: (tx: Transaction, row: InstanceProgress): Awaitable<number> => tx.run(saveProgress, row),
  /** Also to one that has ended: what its last turn has cost may be known only then. */
  addCost: (tx: Transaction, id: number, usd: number): Awaitable<number> => tx.run(addCost, { id, usd }),
  savePid: (tx: Transaction, id: number, pid: number | null): Awaitable<number> => tx.run(savePid, { id, pid }),
  bind: (tx: Transaction, id: number, conversation: string): Awaitable<number> =>
    tx.run(bindInstance, { id, conversation }),
  restart: (tx: Transaction, row: { id: number; session: string; tag: string }): Awaitable<number> =>
    tx.run(restartInstance, row),
  end: (
    tx: Transaction,
    row: { id: number; state: 'stopped' | 'crashed'; now: number; reason: string },
  ): Awaitable<number> => tx.run(endInstance, row),
  /** Those that no hub has ended. */
  live: (handle: Handle, node: number): Awaitable<InstanceRow[]> =>
    handle.all(selectLive, { node, own: handle.nodeId }),
  find: (handle: Handle, id: number): Awaitable<InstanceRow | undefined> => handle.first(selectInstance, { id }),

  /** Newest first; those that live, unless a state is named. */
  list: (
    handle: Handle,
    { module, state, conversation, below }: InstanceFilter,
    limit: number,
  ): Promise<InstanceRow[]> => {
    let query = handle.kysely.selectFrom('instances').selectAll().orderBy('id', 'desc').limit(limit);
    query = state === undefined ? query.where(isLive) : query.where('state', '=', state);
    if (below !== undefined) query = query.where('id', '<', below);
    if (module !== undefined) query = query.where('module', '=', module);
    if (conversation !== undefined) query = query.where('conversation_id', '=', conversation);
    return query.execute();
  },
};
