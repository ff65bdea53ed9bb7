import type { Selectable } from 'kysely';
import type { RememberedDecisionTable } from '../../db/agent-tables.js';
import { type Handle, statement, type Transaction } from '../../db/statement.js';
import type { Awaitable } from '../../lib/awaitable.js';

export type RememberedRow = Selectable<RememberedDecisionTable>;

const insertRemembered = statement<Omit<RememberedRow, 'id'>>()((db, p) =>
  db.insertInto('remembered_decisions').values({
    conversation_id: p('conversation_id'),
    module: p('module'),
    turn_id: p('turn_id'),
    approval_id: p('approval_id'),
    tool_name: p('tool_name'),
    target: p('target'),
    decision: p('decision'),
    message: p('message'),
    created_at: p('created_at'),
  }),
);

interface AskingTurn {
  readonly conversationId: string;
  readonly module: string;
  readonly turnId: number;
}

const selectRemembered = statement<AskingTurn>()((db, p) =>
  db
    .selectFrom('remembered_decisions')
    .selectAll()
    .where('conversation_id', '=', p('conversationId'))
    .where('module', '=', p('module'))
    .where((where) => where.or([where('turn_id', 'is', null), where('turn_id', '=', p('turnId'))]))
    .orderBy('id', 'desc'),
);
const deleteOfTurn = statement<{ turnId: number }>()((db, p) =>
  db.deleteFrom('remembered_decisions').where('turn_id', '=', p('turnId')),
);
const deleteOfConversation = statement<{ conversation: string }>()((db, p) =>
  db.deleteFrom('remembered_decisions').where('conversation_id', '=', p('conversation')),
);
const deleteOfModule = statement<{ module: string }>()((db, p) =>
  db.deleteFrom('remembered_decisions').where('module', '=', p('module')),
);

export const rememberedStore = {
  insert: (tx: Transaction, row: Omit<RememberedRow, 'id'>): Awaitable<number> => tx.insert(insertRemembered, row),
  /** What counts in a turn, the latest first. */
  inTurn: (handle: Handle, turn: AskingTurn): Awaitable<RememberedRow[]> => handle.all(selectRemembered, turn),
  forgetTurn: (tx: Transaction, turnId: number): Awaitable<number> => tx.run(deleteOfTurn, { turnId }),
  forgetConversation: (tx: Transaction, conversation: string): Awaitable<number> =>
    tx.run(deleteOfConversation, { conversation }),
  forgetModule: (tx: Transaction, module: string): Awaitable<number> => tx.run(deleteOfModule, { module }),
};
