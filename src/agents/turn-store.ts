import { type Selectable, sql } from 'kysely';
import type { TurnOutputTable, TurnTable } from '../db/agent-tables.js';
import { isOfNode } from '../db/node.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

export type TurnRow = Selectable<TurnTable>;
export type TurnOutputRow = Selectable<TurnOutputTable>;

type StartedTurn = Pick<
  TurnRow,
  'module' | 'message_id' | 'delivery_id' | 'attempt' | 'conversation_id' | 'queued_at' | 'started_at'
>;

const isOpen = sql<boolean>`state in ('queued', 'running', 'waiting_approval')`;

const insertTurn = statement<StartedTurn & { node_id: number }>()((db, p) =>
  db.insertInto('turns').values({
    module: p('module'),
    message_id: p('message_id'),
    delivery_id: p('delivery_id'),
    attempt: p('attempt'),
    conversation_id: p('conversation_id'),
    queued_at: p('queued_at'),
    started_at: p('started_at'),
    node_id: p('node_id'),
    state: sql.lit('running'),
    input_tokens: sql.lit(0),
    output_tokens: sql.lit(0),
    cost_usd: sql.lit(0),
  }),
);

export interface EndedTurn {
  readonly id: number;
  readonly state: string;
  readonly instance_id: number | null;
  readonly first_token_at: number | null;
  readonly ended_at: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly stop_reason: string | null;
  readonly error: string | null;
}

const endTurn = statement<EndedTurn>()((db, p) =>
  db
    .updateTable('turns')
    .set({
      state: p('state'),
      instance_id: p('instance_id'),
      first_token_at: p('first_token_at'),
      ended_at: p('ended_at'),
      input_tokens: p('input_tokens'),
      output_tokens: p('output_tokens'),
      cost_usd: p('cost_usd'),
      stop_reason: p('stop_reason'),
      error: p('error'),
    })
    .where('id', '=', p('id'))
    .where(isOpen),
);

const waitForApproval = statement<{ id: number }>()((db, p) =>
  db
    .updateTable('turns')
    .set({ state: sql.lit('waiting_approval') })
    .where('id', '=', p('id'))
    .where(sql<boolean>`state = 'running'`),
);
const runAgain = statement<{ id: number }>()((db, p) =>
  db
    .updateTable('turns')
    .set({ state: sql.lit('running') })
    .where('id', '=', p('id'))
    .where(sql<boolean>`state = 'waiting_approval'`)
    .where(
      sql<boolean>`not exists (select 1 from approvals where approvals.turn_id = ${p('id')} and approvals.state = 'pending')`,
    ),
);

const selectTurn = statement<{ id: number }>()((db, p) => db.selectFrom('turns').selectAll().where('id', '=', p('id')));
const selectIfOpen = statement<{ id: number }>()((db, p) =>
  db.selectFrom('turns').select('id').where('id', '=', p('id')).where(isOpen),
);
const selectLastOfMessage = statement<{ id: number }>()((db, p) =>
  db.selectFrom('turns').selectAll().where('message_id', '=', p('id')).orderBy('id', 'desc').limit(1),
);
const selectOpen = statement<{ node: number; own: number }>()((db, p) =>
  db
    .selectFrom('turns')
    .selectAll()
    .where(isOpen)
    .where(isOfNode(p('node'), p('own')))
    .orderBy('id'),
);

const insertOutput = statement<Omit<TurnOutputRow, 'id'>>()((db, p) =>
  db
    .insertInto('turn_output')
    .values({ turn_id: p('turn_id'), kind: p('kind'), offset: p('offset'), text: p('text'), at: p('at') }),
);
/** From the piece that holds the first character after `after`: lengths are not asked of SQL, which counts characters in its own way. */
const selectOutput = statement<{ turnId: number; after: number }>()((db, p) =>
  db
    .selectFrom('turn_output')
    .selectAll()
    .where('turn_id', '=', p('turnId'))
    .where((where) =>
      where(
        'id',
        '>=',
        sql<number>`coalesce((select id from turn_output where turn_id = ${p('turnId')} and "offset" <= ${p('after')} order by id desc limit 1), 0)`,
      ),
    )
    .orderBy('id'),
);

const selectFirstOutput = statement<{ turnId: number }>()((db, p) =>
  db.selectFrom('turn_output').select('at').where('turn_id', '=', p('turnId')).orderBy('id').limit(1),
);
const selectOutputFrom = statement<{ turnId: number; offset: number }>()((db, p) =>
  db
    .selectFrom('turn_output')
    .select('id')
    .where('turn_id', '=', p('turnId'))
    .where('offset', '>=', p('offset'))
    .limit(1),
);

const deleteOutputOf = statement<{ conversation: string }>()((db, p) =>
  db
    .deleteFrom('turn_output')
    .where('turn_id', 'in', (of) =>
      of.selectFrom('turns').select('id').where('conversation_id', '=', p('conversation')),
    ),
);

export const turnStore = {
  removeOutputOf: (tx: Transaction, conversation: string): Awaitable<number> =>
    tx.run(deleteOutputOf, { conversation }),
  start: (tx: Transaction, row: StartedTurn): Awaitable<number> =>
    tx.insert(insertTurn, { ...row, node_id: tx.nodeId }),
  /** 0 where it was over already. */
  end: (tx: Transaction, row: EndedTurn): Awaitable<number> => tx.run(endTurn, row),
  awaitApproval: (tx: Transaction, id: number): Awaitable<number> => tx.run(waitForApproval, { id }),
  /** Once nothing is asked any more. */
  runAgain: (tx: Transaction, id: number): Awaitable<number> => tx.run(runAgain, { id }),
  find: (handle: Handle, id: number): Awaitable<TurnRow | undefined> => handle.first(selectTurn, { id }),
  isOpen: async (handle: Handle, id: number): Promise<boolean> =>
    (await handle.first(selectIfOpen, { id })) !== undefined,
  lastOfMessage: (handle: Handle, messageId: number): Awaitable<TurnRow | undefined> =>
    handle.first(selectLastOfMessage, { id: messageId }),
  open: (handle: Handle, node: number): Awaitable<TurnRow[]> => handle.all(selectOpen, { node, own: handle.nodeId }),
  hasOutputFrom: async (handle: Handle, turnId: number, offset: number): Promise<boolean> =>
    (await handle.first(selectOutputFrom, { turnId, offset })) !== undefined,
  insertOutput: (tx: Transaction, row: Omit<TurnOutputRow, 'id'>): Awaitable<number> => tx.insert(insertOutput, row),
  /** Pieces from the one that holds the first character after `after`, in their order; the first may end there. */
  output: (handle: Handle, turnId: number, after: number): Awaitable<TurnOutputRow[]> =>
    handle.all(selectOutput, { turnId, after }),
  /** When it had said something that is on record. */
  firstOutputAt: async (handle: Handle, turnId: number): Promise<number | undefined> =>
    (await handle.first(selectFirstOutput, { turnId }))?.at,

  /** Newest first. */
  list: (
    handle: Handle,
    filter: { module?: string; state?: string; message?: number; conversation?: string; below?: number },
    limit: number,
  ): Promise<TurnRow[]> => {
    let query = handle.kysely.selectFrom('turns').selectAll().orderBy('id', 'desc').limit(limit);
    if (filter.below !== undefined) query = query.where('id', '<', filter.below);
    if (filter.module !== undefined) query = query.where('module', '=', filter.module);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (filter.message !== undefined) query = query.where('message_id', '=', filter.message);
    if (filter.conversation !== undefined) query = query.where('conversation_id', '=', filter.conversation);
    return query.execute();
  },
};
