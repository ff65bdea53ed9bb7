import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';

export const tasks = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await createTasks(db);
    await createDependencies(db);
    await createLog(db);
    await db.schema.alterTable('deliveries').addColumn('task_id', 'integer').execute();
  },
};

const createTasks = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('tasks')
      .addColumn('id', 'integer', integerKey)
      .addColumn('title', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) =>
        c
          .notNull()
          .check(oneOf('state', ['pending', 'blocked', 'running', 'paused', 'completed', 'failed', 'cancelled'])),
      )
      .addColumn('percent', 'real', (c) => c.notNull().check(sql`percent between 0 and 100`))
      .addColumn('weight', 'real', (c) => c.notNull().check(sql`weight > 0`))
      .addColumn('total', 'real')
      .addColumn('done', 'real')
      .addColumn('parent_id', 'integer')
      .addColumn('assignee', 'text')
      .addColumn('created_by', 'text')
      .addColumn('message_id', 'integer')
      .addColumn('is_own', 'integer', (c) => c.notNull())
      .addColumn('blockers', 'integer', (c) => c.notNull().check(sql`blockers >= 0`))
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('note', 'text')
      .addColumn('result', 'text')
      .addColumn('error', 'text')
      .addColumn('errors', 'integer', (c) => c.notNull())
      .addColumn('warnings', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addColumn('started_at', 'integer')
      .addColumn('ended_at', 'integer')
      .addCheckConstraint('a_blocked_task_has_blockers', sql`state <> 'blocked' or blockers > 0`)
      .addCheckConstraint('an_own_task_has_its_message', sql`is_own = 0 or message_id is not null`)
      .addCheckConstraint(
        'ended_tasks_are_final',
        sql`(state = 'completed' or state = 'failed' or state = 'cancelled') = (ended_at is not null)`,
      ),
  ).execute();
  await sql`create index tasks_of_state on tasks (state, id)`.execute(db);
  await sql`create index tasks_of_parent on tasks (parent_id, id) where parent_id is not null`.execute(db);
  await sql`create index tasks_of_message on tasks (message_id) where message_id is not null`.execute(db);
  await sql`create index tasks_of_assignee on tasks (assignee, id) where assignee is not null`.execute(db);
  await sql`create index tasks_created on tasks (created_at)`.execute(db);
  await sql`create index tasks_ended on tasks (ended_at) where ended_at is not null`.execute(db);
};

const createDependencies = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('task_dependencies')
      .addColumn('task_id', 'integer', (c) => c.notNull())
      .addColumn('depends_on', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('task_dependencies_key', ['task_id', 'depends_on'])
      .addCheckConstraint('no_task_waits_for_itself', sql`task_id <> depends_on`),
  ).execute();
  await sql`create index task_dependents on task_dependencies (depends_on, task_id)`.execute(db);
};

const createLog = async (db: Kysely<unknown>): Promise<void> => {
  await strict(
    db.schema
      .createTable('task_log')
      .addColumn('id', 'integer', integerKey)
      .addColumn('task_id', 'integer', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull())
      .addColumn('level', 'text', (c) =>
        c.notNull().check(oneOf('level', ['debug', 'info', 'warn', 'warning', 'error'])),
      )
      .addColumn('message', 'text', (c) => c.notNull())
      .addColumn('data', 'text')
      .addColumn('author', 'text'),
  ).execute();
  await sql`create index task_log_of_task on task_log (task_id, id)`.execute(db);
};
