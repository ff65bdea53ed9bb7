import { sql } from 'kysely';
import type { OldRow, Stretch } from '../db/old-end-walk.js';
import { statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

const selectFirst = statement<{ above: number }>()((db, p) =>
  db
    .selectFrom('conversations')
    .select(['key as id', 'created_at as at'])
    .where('key', '>', p('above'))
    .orderBy('key')
    .limit(1),
);
/**
 * Nothing is left in it, nobody has changed it since, and nobody has it: no fork reads through it, no process is kept warm for it, and
 * it is not the default of two modules that are there.
 */
const selectFaded = statement<Stretch>()((db, p) =>
  db
    .selectFrom('conversations')
    .select('key as id')
    .where('key', '>=', p('from'))
    .where('key', '<=', p('upTo'))
    .where('updated_at', '<', p('before'))
    .where(
      sql<boolean>`not exists (select 1 from messages
        where messages.conversation_id = conversations.id and messages.conversation_id is not null)`,
    )
    .where(sql<boolean>`not exists (select 1 from turns where turns.conversation_id = conversations.id)`)
    .where(
      sql<boolean>`not exists (select 1 from conversations as forks
        where forks.forked_from = conversations.id and forks.forked_from is not null)`,
    )
    .where(
      sql<boolean>`not exists (select 1 from instances
        where instances.conversation_id = conversations.id and instances.state not in ('stopped', 'crashed'))`,
    )
    .where(
      sql<boolean>`not (exists (select 1 from modules where modules.name = default_sender)
        and exists (select 1 from modules where modules.name = default_agent))`,
    )
    .orderBy('key')
    .limit(p('limit')),
);
const selectId = statement<{ key: number }>()((db, p) =>
  db.selectFrom('conversations').select('id').where('key', '=', p('key')),
);

export const conversationRetentionStore = {
  first: (tx: Transaction, above: number): Awaitable<OldRow | undefined> => tx.first(selectFirst, { above }),
  faded: (tx: Transaction, stretch: Stretch): Awaitable<{ id: number }[]> => tx.all(selectFaded, stretch),
  idOf: async (tx: Transaction, key: number): Promise<string | undefined> => (await tx.first(selectId, { key }))?.id,
};
