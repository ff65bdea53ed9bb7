import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { migrate } from '../../src/db/migrate.js';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { afterAll } from '../support/after-all.js';

// The schema itself refuses what no code of the hub should ever write.

type Row = Readonly<Record<string, string | number | null>>;

const folder = await mkdtemp(join(tmpdir(), 'granger-test-'));
const database = openSqlite({ folder, durability: 'normal' });
await migrate(database, migrations);
await database.close();
const connection = new Sqlite(join(folder, 'hub.db'));
afterAll(async () => {
  connection.close();
  await rm(folder, { recursive: true });
});

const fillers: Readonly<Record<string, string | number>> = { TEXT: 'x', INTEGER: 1, REAL: 0 };

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

/** Inserts the row, with something in every column that must have a value and is not named. */
function insert(table: string, row: Row): void {
  const columns = connection.pragma(`table_info(${table})`) as Column[];
  const isFilled = ({ type, notnull, pk }: Column): boolean => notnull === 1 && !(pk === 1 && type === 'INTEGER');
  const filler = columns.filter(isFilled).map(({ name, type }) => [name, fillers[type] ?? null] as const);
  const whole: Row = { ...Object.fromEntries(filler), ...row };
  const names = Object.keys(whole);
  connection
    .prepare(`insert into ${table} (${names.map((name) => `"${name}"`)}) values (${names.map(() => '?')})`)
    .run(Object.values(whole));
}

const ordinary: Readonly<Record<string, Row>> = {
  keys: { scope: 'admin' },
  modules: { source: 'api' },
  messages: { priority: 5 },
  deliveries: { state: 'pending', availability: 'ready' },
  attempts: { outcome: 'failed' },
  instances: { state: 'idle' },
  turns: { state: 'queued' },
  turn_output: { kind: 'text' },
  conversations: { state: 'active' },
  approvals: { state: 'pending' },
  remembered_decisions: { decision: 'allow' },
  tasks: { state: 'pending', percent: 0, weight: 1, is_own: 0, blockers: 0 },
  task_log: { level: 'info' },
};
const leased: Row = { state: 'leased', lease: 'token', lease_expires_at: 1, module: 'A' };
const settled: Row = { settled_at: 1 };

/** A row that breaks one rule, and the same row with the rule kept. */
const impossible: readonly [what: string, table: string, broken: Row, kept: Row][] = [
  ['a key of no known scope', 'keys', { scope: 'root', hash: 'a1' }, { hash: 'a2' }],
  [
    'a module key without its module',
    'keys',
    { scope: 'module', hash: 'b1' },
    { scope: 'module', module: 'A', hash: 'b2' },
  ],
  ['an admin key of a module', 'keys', { module: 'A', hash: 'c1' }, { hash: 'c2' }],
  ['a module from nowhere', 'modules', { source: 'magic', name: 'M1' }, { source: 'folder', name: 'M2' }],
  ['a priority below 1', 'messages', { priority: 0 }, { priority: 1 }],
  ['a priority above 10', 'messages', { priority: 11 }, { priority: 10 }],
  ['a delivery in no known state', 'deliveries', { state: 'lost' }, {}],
  ['a delivery of no known availability', 'deliveries', { availability: 'maybe' }, { availability: 'blocked' }],
  ['a lease without a token', 'deliveries', { ...leased, lease: null }, leased],
  ['a lease without an end', 'deliveries', { ...leased, lease_expires_at: null }, leased],
  ['a lease that nobody holds', 'deliveries', { ...leased, module: null }, leased],
  ['a token on what is not leased', 'deliveries', { ...leased, state: 'pending' }, leased],
  ['a delivery that is done without a time', 'deliveries', { state: 'done' }, { state: 'done', ...settled }],
  ['a delivery that is dead without a time', 'deliveries', { state: 'dead' }, { state: 'dead', ...settled }],
  ['a pending delivery that is settled', 'deliveries', settled, {}],
  ['a leased delivery that is settled', 'deliveries', { ...leased, ...settled }, leased],
  ['an attempt that ended in no known way', 'attempts', { outcome: 'vanished' }, { outcome: 'lease_expired' }],
  ['an instance in no known state', 'instances', { state: 'sleepy' }, {}],
  ['an instance that crashed at no time', 'instances', { state: 'crashed' }, { state: 'crashed', ended_at: 1 }],
  ['an idle instance that has ended', 'instances', { ended_at: 1 }, {}],
  ['a turn in no known state', 'turns', { state: 'thinking' }, { state: 'waiting_approval' }],
  ['output of no known kind', 'turn_output', { kind: 'noise' }, { kind: 'tool_use' }],
  ['a conversation in no known state', 'conversations', { state: 'lost', id: 'a' }, { state: 'archived', id: 'b' }],
  ['an approval in no known state', 'approvals', { state: 'maybe' }, {}],
  ['an approval that was decided at no time', 'approvals', { state: 'allowed' }, { state: 'allowed', decided_at: 1 }],
  ['a pending approval that was decided', 'approvals', { decided_at: 1 }, {}],
  ['an approval that is remembered for ever', 'approvals', { remember: 'ever' }, { remember: 'turn' }],
  ['a remembered decision that decides nothing', 'remembered_decisions', { decision: 'ask' }, { decision: 'deny' }],
  ['a budget of no known period', 'budget_stops', { module: 'A', period: 'year' }, { module: 'A', period: 'day' }],
  ['a task in no known state', 'tasks', { state: 'lost' }, { state: 'paused' }],
  ['a task that is done to more than the whole', 'tasks', { percent: 101 }, { percent: 100 }],
  ['a task that weighs nothing', 'tasks', { weight: 0 }, { weight: 0.5 }],
  ['a task that is blocked by nothing', 'tasks', { state: 'blocked' }, { state: 'blocked', blockers: 1 }],
  ['a task with less than no blockers', 'tasks', { blockers: -1 }, {}],
  ['a completed task that ended at no time', 'tasks', { state: 'completed' }, { state: 'completed', ended_at: 1 }],
  ['a running task that has ended', 'tasks', { state: 'running', ended_at: 1 }, { state: 'running' }],
  ['an own task of no message', 'tasks', { is_own: 1 }, { is_own: 1, message_id: 1 }],
  ['a task that waits for itself', 'task_dependencies', { task_id: 1, depends_on: 1 }, { task_id: 1, depends_on: 2 }],
  ['a log entry of no known level', 'task_log', { level: 'loud' }, { level: 'warning' }],
  ['a text where a number belongs', 'events', { at: 'soon' }, { at: 1 }],
];

for (const [what, table, broken, kept] of impossible) {
  test(`${what} cannot be stored`, () => {
    assert.throws(() => insert(table, { ...ordinary[table], ...broken }), {
      name: 'SqliteError',
      code: /^SQLITE_CONSTRAINT/,
    });
    insert(table, { ...ordinary[table], ...kept });
  });
}

const doubled: readonly [what: string, table: string, row: Row, other: Row][] = [
  ['two keys of one hash', 'keys', { scope: 'admin', hash: 'same' }, { hash: 'another' }],
  ['two modules of one name', 'modules', { source: 'api', name: 'Twin' }, { name: 'Single' }],
  ['two subscriptions of one module to one channel', 'subscriptions', { channel: 'c', module: 'A' }, { module: 'B' }],
  ['two conversations of one id', 'conversations', { id: 'order-42', state: 'active' }, { id: 'order-43' }],
  [
    'two default conversations of one sender with one agent',
    'conversations',
    { id: 'conv_1', state: 'active', default_sender: 'A', default_agent: 'B' },
    { id: 'conv_2', default_agent: 'C' },
  ],
];

for (const [what, table, row, other] of doubled) {
  test(`${what} cannot be stored`, () => {
    insert(table, row);
    assert.throws(() => insert(table, { ...row, ...(row.default_agent === undefined ? {} : { id: 'conv_3' }) }), {
      code: /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/,
    });
    insert(table, { ...row, ...other });
  });
}

test('every table is strict, and no integer key is ever given twice', () => {
  const tables = connection
    .prepare<[], { name: string; sql: string }>(
      // Neither the tables of an FTS5 index nor the one that stands for it.
      `select name, sqlite_schema.sql from sqlite_schema join pragma_table_list using (type, name) where type = 'table'`,
    )
    .all()
    .filter(({ name }) => !name.startsWith('kysely_') && !name.startsWith('sqlite_'));
  assert.deepEqual(
    tables.filter(({ sql }) => !/\)\s*strict$/i.test(sql)).map(({ name }) => name),
    [],
  );
  const reused = tables.filter(({ sql }) => /integer[^,]*primary key(?! autoincrement)/i.test(sql));
  assert.deepEqual(
    reused.map(({ name }) => name),
    [],
  );
});
