import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';

export const approvals = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await createApprovals(db);
    await createCosts(db);
  },
};

const createApprovals = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('approvals')
      .addColumn('id', 'integer', integerKey)
      .addColumn('state', 'text', (c) =>
        c.notNull().check(oneOf('state', ['pending', 'allowed', 'denied', 'timed_out', 'withdrawn'])),
      )
      .addColumn('turn_id', 'integer', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('message_id', 'integer', (c) => c.notNull())
      .addColumn('delivery_id', 'integer', (c) => c.notNull())
      .addColumn('tool_use_id', 'text', (c) => c.notNull())
      .addColumn('tool_name', 'text', (c) => c.notNull())
      .addColumn('input', 'text', (c) => c.notNull())
      .addColumn('description', 'text')
      .addColumn('requested_at', 'integer', (c) => c.notNull())
      .addColumn('expires_at', 'integer')
      .addColumn('decided_at', 'integer')
      .addColumn('decided_by', 'text')
      .addColumn('message', 'text')
      .addColumn('updated_input', 'text')
      .addColumn('remember', 'text', (c) => c.check(oneOf('remember', ['turn', 'conversation'])))
      .addCheckConstraint('only_pending_is_open', sql`(state = 'pending') = (decided_at is null)`),
  ).execute();
  await sql`create index approvals_of_turn on approvals (turn_id, id)`.execute(db);
  await sql`create index approvals_of_module on approvals (module, id)`.execute(db);
  await sql`create index approvals_pending on approvals (expires_at) where state = 'pending'`.execute(db);
  await strict(
    db.schema
      .createTable('remembered_decisions')
      .addColumn('id', 'integer', integerKey)
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('turn_id', 'integer')
      .addColumn('approval_id', 'integer', (c) => c.notNull())
      .addColumn('tool_name', 'text', (c) => c.notNull())
      .addColumn('target', 'text')
      .addColumn('decision', 'text', (c) => c.notNull().check(oneOf('decision', ['allow', 'deny'])))
      .addColumn('message', 'text')
      .addColumn('created_at', 'integer', (c) => c.notNull()),
  ).execute();
  await sql`create index remembered_of_conversation on remembered_decisions (conversation_id, module)`.execute(db);
};

const createCosts = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('turn_costs')
      .addColumn('id', 'integer', integerKey)
      .addColumn('turn_id', 'integer', (c) => c.notNull())
      .addColumn('instance_id', 'integer')
      .addColumn('session_id', 'text', (c) => c.notNull())
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('conversation_id', 'text', (c) => c.notNull())
      .addColumn('model', 'text', (c) => c.notNull())
      .addColumn('input_tokens', 'integer', (c) => c.notNull())
      .addColumn('output_tokens', 'integer', (c) => c.notNull())
      .addColumn('cache_read_tokens', 'integer', (c) => c.notNull())
      .addColumn('cache_creation_tokens', 'integer', (c) => c.notNull())
      .addColumn('cost_usd', 'real', (c) => c.notNull())
      .addColumn('reported', 'text', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull()),
  ).execute();
  await sql`create index turn_costs_at on turn_costs (at)`.execute(db);
  await sql`create index turn_costs_of_module on turn_costs (module, at)`.execute(db);
  await sql`create index turn_costs_of_session on turn_costs (session_id, id)`.execute(db);
  await strict(
    db.schema
      .createTable('budget_stops')
      .addColumn('module', 'text', (c) => c.notNull())
      .addColumn('period', 'text', (c) => c.notNull().check(oneOf('period', ['hour', 'day'])))
      .addColumn('starts_at', 'integer', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('one_stop_a_period', ['module', 'period', 'starts_at']),
  ).execute();
};
