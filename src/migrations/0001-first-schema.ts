import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';

export const firstSchema = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await createRegistry(db);
    await createMessages(db);
    await createDeliveries(db);
    await createSending(db);
    await createAgents(db);
    await createEvents(db);
  },
};

const createRegistry = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('hub_meta')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull()),
  ).execute();
  await strict(
    db.schema
      .createTable('keys')
      .addColumn('id', 'integer', integerKey)
      .addColumn('hash', 'text', (c) => c.notNull().unique())
      .addColumn('scope', 'text', (c) => c.notNull().check(oneOf('scope', ['admin', 'module', 'observer'])))
      .addColumn('module', 'text')
      .addColumn('label', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addCheckConstraint('keys_of_modules', sql`(scope = 'module') = (module is not null)`),
  ).execute();
  await strict(
    db.schema
      .createTable('modules')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('descriptor', 'text', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('source', 'text', (c) => c.notNull().check(oneOf('source', ['api', 'folder'])))
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addColumn('heartbeat_at', 'integer', (c) => c.notNull())
      .addColumn('heartbeat', 'text'),
  ).execute();
  await strict(
    db.schema
      .createTable('channels')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('descriptor', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull()),
  ).execute();
  await strict(
    db.schema
      .createTable('subscriptions')
      .addColumn('channel', 'text', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('subscriptions_key', ['channel', 'module']),
  ).execute();
};

const createMessages = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('messages')
      .addColumn('id', 'integer', integerKey)
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('sender', 'text', (c) => c.notNull())
      .addColumn('recipient', 'text')
      .addColumn('capability', 'text')
      .addColumn('channel', 'text')
      .addColumn('is_broadcast', 'integer', (c) => c.notNull())
      .addColumn('priority', 'integer', (c) => c.notNull().check(sql`priority between 1 and 10`))
      .addColumn('payload', 'text', (c) => c.notNull())
      .addColumn('correlation_id', 'text')
      .addColumn('conversation_id', 'text')
      .addColumn('ordering_key', 'text')
      .addColumn('reply_to', 'integer')
      .addColumn('headers', 'text')
      .addColumn('signature', 'text')
      .addColumn('max_attempts', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('expires_at', 'integer'),
  ).execute();
  for (const column of ['correlation_id', 'conversation_id', 'reply_to', 'channel']) {
    await sql`create index ${sql.ref(`messages_${column}`)} on messages (${sql.ref(column)}, id) where ${sql.ref(column)} is not null`.execute(
      db,
    );
  }
};

const createDeliveries = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('deliveries')
      .addColumn('id', 'integer', integerKey)
      .addColumn('message_id', 'integer', (c) => c.notNull())
      .addColumn('queue', 'text', (c) => c.notNull())
      .addColumn('module', 'text')
      .addColumn('state', 'text', (c) =>
        c.notNull().check(oneOf('state', ['pending', 'leased', 'done', 'dead', 'expired', 'cancelled'])),
      )
      .addColumn('availability', 'text', (c) =>
        c.notNull().check(oneOf('availability', ['ready', 'delayed', 'blocked'])),
      )
      .addColumn('available_at', 'integer', (c) => c.notNull())
      .addColumn('priority', 'integer', (c) => c.notNull())
      .addColumn('rank', 'integer', (c) => c.notNull())
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('max_attempts', 'integer', (c) => c.notNull())
      .addColumn('ordering_key', 'text')
      .addColumn('lease', 'text')
      .addColumn('leased_at', 'integer')
      .addColumn('lease_expires_at', 'integer')
      .addColumn('expires_at', 'integer')
      .addColumn('settled_at', 'integer')
      .addColumn('error', 'text')
      .addColumn('is_replayed', 'integer', (c) => c.notNull())
      .addCheckConstraint(
        'a_lease_has_a_token',
        sql`(state = 'leased') = (lease is not null and lease_expires_at is not null and module is not null)`,
      )
      .addCheckConstraint('settled_is_final', sql`(state = 'pending' or state = 'leased') = (settled_at is null)`),
  ).execute();
  await sql`create index deliveries_of_message on deliveries (message_id)`.execute(db);
  await sql`create index deliveries_ready on deliveries (queue, priority desc, rank, id) where state = 'pending' and availability = 'ready'`.execute(
    db,
  );
  await sql`create index deliveries_delayed on deliveries (available_at) where state = 'pending' and availability = 'delayed'`.execute(
    db,
  );
  await sql`create index deliveries_leased on deliveries (lease_expires_at) where state = 'leased'`.execute(db);
  await sql`create index deliveries_expiring on deliveries (expires_at) where state in ('pending', 'leased') and expires_at is not null`.execute(
    db,
  );
  await sql`create index deliveries_keyed on deliveries (queue, ordering_key, id) where state in ('pending', 'leased') and ordering_key is not null`.execute(
    db,
  );
  await sql`create index deliveries_dead on deliveries (id) where state = 'dead'`.execute(db);
  await strict(
    db.schema
      .createTable('attempts')
      .addColumn('id', 'integer', integerKey)
      .addColumn('delivery_id', 'integer', (c) => c.notNull())
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('holder', 'text')
      .addColumn('started_at', 'integer')
      .addColumn('ended_at', 'integer', (c) => c.notNull())
      .addColumn('outcome', 'text', (c) => c.notNull().check(oneOf('outcome', ['failed', 'lease_expired'])))
      .addColumn('error', 'text'),
  ).execute();
  await sql`create index attempts_of_delivery on attempts (delivery_id)`.execute(db);
};

const createSending = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('fair_ranks')
      .addColumn('queue', 'text', (c) => c.notNull())
      .addColumn('priority', 'integer', (c) => c.notNull())
      .addColumn('sender', 'text', (c) => c.notNull())
      .addColumn('rank', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('fair_ranks_key', ['queue', 'priority', 'sender']),
  ).execute();
  await strict(
    db.schema
      .createTable('idempotency')
      .addColumn('id', 'integer', integerKey)
      .addColumn('owner', 'text', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('body_hash', 'text', (c) => c.notNull())
      .addColumn('answer', 'text', (c) => c.notNull())
      .addColumn('message_id', 'integer')
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addUniqueConstraint('one_answer_a_key', ['owner', 'key']),
  ).execute();
  await sql`create index idempotency_age on idempotency (created_at)`.execute(db);
  await strict(
    db.schema
      .createTable('signing_secrets')
      .addColumn('module', 'text', (c) => c.primaryKey())
      .addColumn('secret', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull()),
  ).execute();
};

const createAgents = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('conversations')
      .addColumn('key', 'integer', integerKey)
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('default_sender', 'text')
      .addColumn('default_agent', 'text')
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addUniqueConstraint('one_default_a_pair', ['default_sender', 'default_agent']),
  ).execute();
  await strict(
    db.schema
      .createTable('agent_sessions')
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('session_id', 'text', (c) => c.notNull())
      .addColumn('is_started', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_sessions_key', ['conversation_id', 'module']),
  ).execute();
  await strict(
    db.schema
      .createTable('instances')
      .addColumn('id', 'integer', integerKey)
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('conversation_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('tag', 'text', (c) => c.notNull())
      .addColumn('pid', 'integer')
      .addColumn('state', 'text', (c) =>
        c.notNull().check(oneOf('state', ['starting', 'idle', 'busy', 'paused', 'stopping', 'stopped', 'crashed'])),
      )
      .addColumn('turns', 'integer', (c) => c.notNull())
      .addColumn('cost_usd', 'real', (c) => c.notNull())
      .addColumn('started_at', 'integer', (c) => c.notNull())
      .addColumn('last_turn_at', 'integer')
      .addColumn('ended_at', 'integer')
      .addColumn('end_reason', 'text')
      .addCheckConstraint('ended_is_final', sql`(state in ('stopped', 'crashed')) = (ended_at is not null)`),
  ).execute();
  await strict(
    db.schema
      .createTable('turns')
      .addColumn('id', 'integer', integerKey)
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('message_id', 'integer', (c) => c.notNull())
      .addColumn('delivery_id', 'integer', (c) => c.notNull())
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('instance_id', 'integer')
      .addColumn('state', 'text', (c) =>
        c
          .notNull()
          .check(
            oneOf('state', [
              'queued',
              'running',
              'waiting_approval',
              'succeeded',
              'failed',
              'interrupted',
              'timed_out',
            ]),
          ),
      )
      .addColumn('queued_at', 'integer', (c) => c.notNull())
      .addColumn('started_at', 'integer')
      .addColumn('first_token_at', 'integer')
      .addColumn('ended_at', 'integer')
      .addColumn('input_tokens', 'integer', (c) => c.notNull())
      .addColumn('output_tokens', 'integer', (c) => c.notNull())
      .addColumn('cost_usd', 'real', (c) => c.notNull())
      .addColumn('stop_reason', 'text')
      .addColumn('error', 'text'),
  ).execute();
  await sql`create index turns_of_message on turns (message_id)`.execute(db);
  await sql`create index turns_open on turns (id) where state in ('queued', 'running', 'waiting_approval')`.execute(db);
  await strict(
    db.schema
      .createTable('turn_output')
      .addColumn('id', 'integer', integerKey)
      .addColumn('turn_id', 'integer', (c) => c.notNull())
      .addColumn('kind', 'text', (c) =>
        c.notNull().check(oneOf('kind', ['text', 'thinking', 'tool_use', 'tool_result'])),
      )
      .addColumn('offset', 'integer', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull()),
  ).execute();
  await sql`create unique index turn_output_order on turn_output (turn_id, id)`.execute(db);
};

const createEvents = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('events')
      .addColumn('seq', 'integer', integerKey)
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull())
      .addColumn('module', 'text')
      .addColumn('conversation_id', 'text')
      .addColumn('message_id', 'integer')
      .addColumn('delivery_id', 'integer')
      .addColumn('turn_id', 'integer')
      .addColumn('instance_id', 'integer')
      .addColumn('data', 'text', (c) => c.notNull()),
  ).execute();
};
