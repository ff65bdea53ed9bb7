import { sql } from 'kysely';
import type { AgentSessionTable } from '../db/agent-tables.js';
import { isOfNode } from '../db/node.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

type NewSession = Omit<AgentSessionTable, 'node_id'>;

/** Of this hub: one that lies on the disk of another cannot be gone on with here. */
const selectSession = statement<{ conversation: string; module: string; own: number }>()((db, p) =>
  db
    .selectFrom('agent_sessions')
    .selectAll()
    .where('conversation_id', '=', p('conversation'))
    .where('module', '=', p('module'))
    .where(isOfNode(p('own'), p('own'))),
);
const putSession = statement<NewSession & { node_id: number }>()((db, p) =>
  db
    .insertInto('agent_sessions')
    .values({
      conversation_id: p('conversation_id'),
      module: p('module'),
      session_id: p('session_id'),
      is_started: p('is_started'),
      updated_at: p('updated_at'),
      lane: p('lane'),
      node_id: p('node_id'),
    })
    .onConflict((conflict) =>
      conflict.columns(['conversation_id', 'module']).doUpdateSet((excluded) => ({
        session_id: excluded.ref('excluded.session_id'),
        is_started: excluded.ref('excluded.is_started'),
        updated_at: excluded.ref('excluded.updated_at'),
        lane: excluded.ref('excluded.lane'),
        node_id: excluded.ref('excluded.node_id'),
      })),
    ),
);
const deleteSession = statement<{ conversation: string; module: string }>()((db, p) =>
  db.deleteFrom('agent_sessions').where('conversation_id', '=', p('conversation')).where('module', '=', p('module')),
);

/** Not of a session that is in a turn: what it will have heard belongs to one of the two. */
const copySessions = statement<{ from: string; to: string; now: number }>()((db, p) =>
  db
    .insertInto('agent_sessions')
    .columns(['conversation_id', 'module', 'session_id', 'is_started', 'updated_at', 'lane', 'node_id'])
    .expression((of) =>
      of
        .selectFrom('agent_sessions')
        .select([p('to').as('conversation_id'), 'module', 'session_id'])
        .select([sql.lit(0).as('is_started'), p('now').as('updated_at'), 'lane', 'node_id'])
        .where('conversation_id', '=', p('from'))
        .where('is_started', '=', 1)
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('turns')
                .select('turns.id')
                .whereRef('turns.conversation_id', '=', 'agent_sessions.conversation_id')
                .whereRef('turns.module', '=', 'agent_sessions.module')
                .where('ended_at', 'is', null),
            ),
          ),
        ),
    ),
);
const selectTurnSince = statement<{ session: string; module: string; at: number }>()((db, p) =>
  db
    .selectFrom('agent_sessions')
    .innerJoin('turns', (join) =>
      join
        .onRef('turns.conversation_id', '=', 'agent_sessions.conversation_id')
        .onRef('turns.module', '=', 'agent_sessions.module'),
    )
    .select('turns.id')
    .where('agent_sessions.module', '=', p('module'))
    .where('session_id', '=', p('session'))
    .where('is_started', '=', 1)
    .where('started_at', '>', p('at'))
    .limit(1),
);
const deleteSessions = statement<{ conversation: string }>()((db, p) =>
  db.deleteFrom('agent_sessions').where('conversation_id', '=', p('conversation')),
);

const selectConversation = statement<{ id: string }>()((db, p) =>
  db.selectFrom('conversations').select('id').where('id', '=', p('id')),
);
/** A hub that lives: the one with a process of the conversation, else the one with its session. Every hub finds the same. */
const selectOwner = statement<{ conversation: string; module: string }>()((db, p) => {
  const isOfIt = sql`node_id = nodes.id and conversation_id = ${p('conversation')} and module = ${p('module')}`;
  const hasProcess = sql<boolean>`exists (select 1 from instances
    where ${isOfIt} and instances.state not in ('stopped', 'crashed'))`;
  const hasSession = sql<boolean>`exists (select 1 from agent_sessions where ${isOfIt})`;
  return db
    .selectFrom('nodes')
    .select('id')
    .where('state', '=', 'live')
    .where(sql<boolean>`(${hasProcess} or ${hasSession})`)
    .orderBy(hasProcess, 'desc')
    .orderBy('id')
    .limit(1);
});
const deleteSessionsOfNode = statement<{ node: number }>()((db, p) =>
  db.deleteFrom('agent_sessions').where('node_id', '=', p('node')),
);

/** The session that the CLI keeps for an agent's side of a conversation. */
export const sessionStore = {
  find: (handle: Handle, conversation: string, module: string): Awaitable<AgentSessionTable | undefined> =>
    handle.first(selectSession, { conversation, module, own: handle.nodeId }),
  ownerOf: (handle: Handle, conversation: string, module: string): Awaitable<{ id: number } | undefined> =>
    handle.first(selectOwner, { conversation, module }),
  put: (tx: Transaction, row: NewSession): Awaitable<number> => tx.run(putSession, { ...row, node_id: tx.nodeId }),
  remove: (tx: Transaction, conversation: string, module: string): Awaitable<number> =>
    tx.run(deleteSession, { conversation, module }),
  /** Each is to be copied by the first process of the other conversation. */
  copyAll: (tx: Transaction, from: string, to: string, now: number): Awaitable<number> =>
    tx.run(copySessions, { from, to, now }),
  /** The session has had a turn since. */
  hasGoneOn: async (handle: Handle, session: string, module: string, at: number): Promise<boolean> =>
    (await handle.first(selectTurnSince, { session, module, at })) !== undefined,
  /** False where it is deleted. */
  hasConversation: async (handle: Handle, id: string): Promise<boolean> =>
    (await handle.first(selectConversation, { id })) !== undefined,
  /** Those of this hub. @returns how many */
  removeOwn: (tx: Transaction): Awaitable<number> => tx.run(deleteSessionsOfNode, { node: tx.nodeId }),
  removeAll: (tx: Transaction, conversation: string): Awaitable<number> => tx.run(deleteSessions, { conversation }),
};
