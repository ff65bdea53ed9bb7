import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

const joinOne = statement<{ id: string; module: string; now: number }>()((db, p) =>
  db
    .insertInto('conversation_participants')
    .values({ conversation_id: p('id'), module: p('module'), joined_at: p('now') })
    .onConflict((conflict) => conflict.doNothing()),
);
/** All who send or receive them, in one statement for any number of messages. */
const joinBySending = statement<{ messages: string }>()((db, p, { isOneOf }) => {
  const present = (who: 'sender' | 'recipient') =>
    db
      .selectFrom('messages')
      .select(['conversation_id', sql<string>`${sql.ref(who)}`.as('module'), 'created_at'])
      .where(isOneOf('id', p('messages'), 'integer'))
      .where(who, 'is not', null)
      .where('conversation_id', 'is not', null);
  return db
    .insertInto('conversation_participants')
    .columns(['conversation_id', 'module', 'joined_at'])
    .expression(present('sender').unionAll(present('recipient')) as never)
    .onConflict((conflict) => conflict.doNothing());
});
const copyAll = statement<{ from: string; to: string; now: number }>()((db, p) =>
  db
    .insertInto('conversation_participants')
    .columns(['conversation_id', 'module', 'joined_at'])
    .expression((of) =>
      of
        .selectFrom('conversation_participants')
        .select([p('to').as('conversation_id'), 'module', p('now').as('joined_at')])
        .where('conversation_id', '=', p('from')),
    ),
);
const selectOf = statement<{ ids: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('conversation_participants')
    .selectAll()
    .where(isOneOf('conversation_id', p('ids'), 'text'))
    .orderBy('joined_at')
    .orderBy('module'),
);
const deleteAll = statement<{ id: string }>()((db, p) =>
  db.deleteFrom('conversation_participants').where('conversation_id', '=', p('id')),
);

/** Who takes part in conversations. */
export const participantStore = {
  join: (tx: Transaction, id: string, module: string, now: number): Awaitable<number> =>
    tx.run(joinOne, { id, module, now }),
  joinBySending: (tx: Transaction, messages: readonly number[]): Awaitable<number> =>
    tx.run(joinBySending, { messages: JSON.stringify(messages) }),
  copyAll: (tx: Transaction, from: string, to: string, now: number): Awaitable<number> =>
    tx.run(copyAll, { from, to, now }),
  removeAll: (tx: Transaction, id: string): Awaitable<number> => tx.run(deleteAll, { id }),
  /** In the order in which they came. */
  of: async (handle: Handle, ids: readonly string[]): Promise<Map<string, string[]>> => {
    const byConversation = new Map(ids.map((id): [string, string[]] => [id, []]));
    for (const { conversation_id, module } of await handle.all(selectOf, { ids: JSON.stringify(ids) }))
      byConversation.get(conversation_id)?.push(module);
    return byConversation;
  },
};
