import { type Selectable, sql } from 'kysely';
import type { ApprovalTable } from '../../db/agent-tables.js';
import { type Handle, statement, type Transaction } from '../../db/statement.js';
import type { Awaitable } from '../../lib/awaitable.js';

export type ApprovalRow = Selectable<ApprovalTable>;
export type NewApproval = Omit<ApprovalRow, 'id'>;

const isPending = sql<boolean>`state = 'pending'`;

const insertApproval = statement<NewApproval>()((db, p) =>
  db.insertInto('approvals').values({
    state: p('state'),
    turn_id: p('turn_id'),
    module: p('module'),
    conversation_id: p('conversation_id'),
    message_id: p('message_id'),
    delivery_id: p('delivery_id'),
    tool_use_id: p('tool_use_id'),
    tool_name: p('tool_name'),
    input: p('input'),
    description: p('description'),
    requested_at: p('requested_at'),
    expires_at: p('expires_at'),
    decided_at: p('decided_at'),
    decided_by: p('decided_by'),
    message: p('message'),
    updated_input: p('updated_input'),
    remember: p('remember'),
  }),
);

export interface DecidedApproval {
  readonly id: number;
  readonly state: string;
  readonly decided_at: number;
  readonly decided_by: string | null;
  readonly message: string | null;
  readonly updated_input: string | null;
  readonly remember: string | null;
}

const decideApproval = statement<DecidedApproval>()((db, p) =>
  db
    .updateTable('approvals')
    .set({
      state: p('state'),
      decided_at: p('decided_at'),
      decided_by: p('decided_by'),
      message: p('message'),
      updated_input: p('updated_input'),
      remember: p('remember'),
    })
    .where('id', '=', p('id'))
    .where(isPending),
);

const selectApproval = statement<{ id: number }>()((db, p) =>
  db.selectFrom('approvals').selectAll().where('id', '=', p('id')),
);
const selectPendingOfTurn = statement<{ turnId: number }>()((db, p) =>
  db.selectFrom('approvals').selectAll().where('turn_id', '=', p('turnId')).where(isPending).orderBy('id'),
);
const selectOverdue = statement<{ now: number; limit: number }>()((db, p) =>
  db
    .selectFrom('approvals')
    .selectAll()
    .where(isPending)
    .where('expires_at', '<=', p('now'))
    .orderBy('expires_at')
    .limit(p('limit')),
);
const deleteOfConversation = statement<{ conversation: string }>()((db, p) =>
  db.deleteFrom('approvals').where('conversation_id', '=', p('conversation')),
);
const deleteOld = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('approvals')
    .where('id', 'in', (old) =>
      old
        .selectFrom('approvals')
        .select('id')
        .where('requested_at', '<', p('before'))
        .where(sql<boolean>`state <> 'pending'`)
        .orderBy('id')
        .limit(p('limit')),
    ),
);

export interface ApprovalFilter {
  readonly state?: string | undefined;
  readonly module?: string | undefined;
  readonly turn?: number | undefined;
  readonly below?: number | undefined;
}

export const approvalStore = {
  insert: (tx: Transaction, row: NewApproval): Awaitable<number> => tx.insert(insertApproval, row),
  /** 0 where it was not pending any more. */
  decide: (tx: Transaction, row: DecidedApproval): Awaitable<number> => tx.run(decideApproval, row),
  find: (handle: Handle, id: number): Awaitable<ApprovalRow | undefined> => handle.first(selectApproval, { id }),
  pendingOfTurn: (handle: Handle, turnId: number): Awaitable<ApprovalRow[]> =>
    handle.all(selectPendingOfTurn, { turnId }),
  overdue: (handle: Handle, now: number, limit: number): Awaitable<ApprovalRow[]> =>
    handle.all(selectOverdue, { now, limit }),
  removeOf: (tx: Transaction, conversation: string): Awaitable<number> =>
    tx.run(deleteOfConversation, { conversation }),
  /** Those that are decided, the oldest first. @returns how many of at most `limit` */
  prune: (tx: Transaction, before: number, limit: number): Awaitable<number> => tx.run(deleteOld, { before, limit }),

  /** Newest first. */
  list: (handle: Handle, { state, module, turn, below }: ApprovalFilter, limit: number): Promise<ApprovalRow[]> => {
    let query = handle.kysely.selectFrom('approvals').selectAll().orderBy('id', 'desc').limit(limit);
    if (below !== undefined) query = query.where('id', '<', below);
    if (state !== undefined) query = query.where('state', '=', state);
    if (module !== undefined) query = query.where('module', '=', module);
    if (turn !== undefined) query = query.where('turn_id', '=', turn);
    return query.execute();
  },
};
