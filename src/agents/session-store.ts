import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { AgentSessionTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

const selectSession = statement<{ conversation: string; module: string }>()((db, p) =>
  db
    .selectFrom('agent_sessions')
    .selectAll()
    .where('conversation_id', '=', p('conversation'))
    .where('module', '=', p('module')),
);
const putSession = statement<AgentSessionTable>()((db, p) =>
  db
    .insertInto('agent_sessions')
    .values({
      conversation_id: p('conversation_id'),
      module: p('module'),
      session_id: p('session_id'),
      is_started: p('is_started'),
      updated_at: p('updated_at'),
    })
    .onConflict((conflict) =>
      conflict.columns(['conversation_id', 'module']).doUpdateSet((excluded) => ({
        session_id: excluded.ref('excluded.session_id'),
        is_started: excluded.ref('excluded.is_started'),
        updated_at: excluded.ref('excluded.updated_at'),
      })),
    ),
);
const deleteSession = statement<{ conversation: string; module: string }>()((db, p) =>
  db.deleteFrom('agent_sessions').where('conversation_id', '=', p('conversation')).where('module', '=', p('module')),
);

/** The session that the CLI keeps for an agent's side of a conversation. */
export const sessionStore = {
  find: (handle: Handle, conversation: string, module: string): Awaitable<AgentSessionTable | undefined> =>
    handle.first(selectSession, { conversation, module }),
  put: (tx: Transaction, row: AgentSessionTable): Awaitable<number> => tx.run(putSession, row),
  remove: (tx: Transaction, conversation: string, module: string): Awaitable<number> =>
    tx.run(deleteSession, { conversation, module }),
};
