import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';
import { createWordIndex } from '../db/word-index.js';
import { searchWords, textsIn } from '../lib/search-words.js';

export const conversations = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await extendConversations(db);
    await createParticipants(db);
    await createTexts(db);
    await sql`create index turns_of_conversation on turns (conversation_id, id)`.execute(db);
  },
};

const extendConversations = async (db: Kysely<unknown>): Promise<void> => {
  const table = () => db.schema.alterTable('conversations');
  await table().addColumn('title', 'text').execute();
  await table()
    .addColumn('state', 'text', (c) =>
      c
        .notNull()
        .defaultTo('active')
        .check(oneOf('state', ['active', 'archived'])),
    )
    .execute();
  await table()
    .addColumn('updated_at', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await table().addColumn('forked_from', 'text').execute();
  await table().addColumn('forked_after', 'integer').execute();
  await sql`update conversations set updated_at = created_at`.execute(db);
  await sql`create index conversations_forks on conversations (forked_from) where forked_from is not null`.execute(db);
};

const createParticipants = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('conversation_participants')
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('joined_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('conversation_participants_key', ['conversation_id', 'module']),
  ).execute();
  await sql`create index conversations_of_module on conversation_participants (module, conversation_id)`.execute(db);
  await sql`insert into conversation_participants (conversation_id, module, joined_at)
    select conversation_id, module, min(at) from (
      select conversation_id, sender as module, created_at as at from messages where conversation_id is not null
      union all
      select conversation_id, recipient, created_at from messages where conversation_id is not null and recipient is not null
    ) as present group by conversation_id, module`.execute(db);
};

const createTexts = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('conversation_texts')
      .addColumn('id', 'integer', integerKey)
      .addColumn('message_id', 'integer', (c) => c.unique())
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('words', 'text', (c) => c.notNull()),
  ).execute();
  await sql`create index conversation_titles on conversation_texts (conversation_id) where message_id is null`.execute(
    db,
  );
  await createWordIndex(db, 'conversation_texts');
  await addTexts(db);
};

interface Row {
  readonly id: number;
  readonly conversation_id: string;
  readonly payload: string;
}

/** Of the messages that are there already. */
const addTexts = async (db: Kysely<unknown>): Promise<void> => {
  for (let last = 0; ; ) {
    const { rows } = await sql<Row>`select id, conversation_id, payload from messages
      where conversation_id is not null and id > ${last} order by id limit 200`.execute(db);
    for (const { id, conversation_id, payload } of rows) {
      await sql`insert into conversation_texts (message_id, conversation_id, words)
        values (${id}, ${conversation_id}, ${searchWords(textsIn(JSON.parse(payload)))})`.execute(db);
      last = id;
    }
    if (rows.length === 0) return;
  }
};
