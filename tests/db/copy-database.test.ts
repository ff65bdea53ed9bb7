import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres } from '../../src/db/postgres/postgres-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { newPostgresUrl, postgresUrlFor, releaseDatabase } from '../support/database-url.js';
import { makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';

const program = fileURLToPath(new URL('../../scripts/db-copy.ts', import.meta.url));

const copy = async (...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
};

const emptyPostgres = async (t: TestContext): Promise<string> => {
  t.after(() => releaseDatabase(t.name));
  return await postgresUrlFor(t.name);
};

/** A hub in which something of everything has happened. */
const liveThroughMuch = async (hub: TestHub): Promise<void> => {
  for (const module of ['Producer', 'Worker', 'Another']) await hub.call('PUT', `/v1/modules/${module}`, {});
  await hub.call('PUT', '/v1/channels/news', { fair: true });
  await hub.call('PUT', '/v1/channels/news/subscriptions/Worker');
  await hub.call('POST', '/v1/modules/Worker/keys', { label: 'ünïcode 🚀' });
  const messages = Array.from({ length: 1000 }, (_, n) => ({
    from: 'Producer',
    to: 'Worker',
    payload: { n, text: '🚀' },
  }));
  await hub.call('POST', '/v1/messages', messages);
  await hub.call('POST', '/v1/messages', messages);
  await hub.call(
    'POST',
    '/v1/messages',
    { from: 'Producer', channel: 'news', conversationId: 'thread', payload: { text: 'Ein Gespräch' } },
    { 'idempotency-key': 'k' },
  );
  const { items } = (await hub.call('POST', '/v1/modules/Worker/claim', { max: 3 })).body;
  const [done, dead] = items.map(({ delivery }: { delivery: { id: string; lease: string } }) => delivery);
  await hub.call('POST', `/v1/deliveries/${done.id}/complete`, { lease: done.lease, reply: { payload: { ok: true } } });
  const error = { code: 'no', message: 'no' };
  await hub.call('POST', `/v1/deliveries/${dead.id}/fail`, { lease: dead.lease, error, retryable: false });
};

const paths = [
  '/v1/modules',
  '/v1/channels',
  '/v1/keys',
  '/v1/messages?limit=500',
  '/v1/dead-letters',
  '/v1/messages/msg_1',
  '/v1/conversations?q=gesprach',
];
const seen = async (hub: TestHub): Promise<unknown[]> =>
  await Promise.all(paths.map(async (path) => JSON.stringify((await hub.call('GET', path)).body, withoutRun)));

/** How long something is ago, and what a run of the hub has seen, is not of the data. */
const ofTheRun = new Set(['oldestAgeSeconds', 'lastHeartbeatAt', 'health', 'status']);
const withoutRun = (name: string, value: unknown): unknown => (ofTheRun.has(name) ? undefined : value);

test('a hub goes on in PostgreSQL where it stopped in SQLite', async (t) => {
  const url = await emptyPostgres(t);
  const before = await startTestHub(t);
  await liveThroughMuch(before);
  const [was, { epoch, events }] = [await seen(before), (await before.call('GET', '/v1/stats')).body];
  const running = await copy('--from', before.folder, '--to', url);
  assert.deepEqual([running.code, running.stderr.trim()], [1, `A hub is running on ${before.folder}. Stop it first.`]);
  await before.stop();
  const { code, stdout, stderr } = await copy('--from', before.folder, '--to', url);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^messages +2002 rows$/m);
  assert.match(stdout, /^Copied, and compared row for row\.$/m);

  const after = await startTestHub(t, { folder: before.folder, settings: { GRANGER_DATABASE_URL: url } });
  assert.deepEqual(await seen(after), was);
  const stats = (await after.call('GET', '/v1/stats')).body;
  assert.equal(stats.epoch, epoch);
  assert.ok(stats.events.lastSeq > events.lastSeq);
  const sent = (await after.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', payload: {} })).body;
  assert.equal(sent.id, 'msg_2003');

  await after.stop();
  const again = await copy('--from', before.folder, '--to', url);
  assert.deepEqual([again.code, again.stderr.includes('The target is not empty')], [1, true]);
});

test('the server gives a copy the time that it takes', async (t) => {
  const url = await newPostgresUrl();
  const [source, target] = [await startTestHub(t), await openPostgres({ url, durability: 'full' })];
  t.after(() => target.close());
  await source.call('PUT', '/v1/modules/Worker', {});
  await source.stop();
  await migrate(target, migrations);
  const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'].map(
    (name) => `current_setting('${name}')::interval < interval '1 hour'`,
  );
  await sql`create function refuse_haste() returns trigger language plpgsql as $$ begin
    if ${sql.raw(limits.join(' or '))} then raise exception 'in haste'; end if; return new; end $$`.execute(
    target.owner.kysely,
  );
  await sql`create trigger refuse_haste before insert on modules
    for each row execute function refuse_haste()`.execute(target.owner.kysely);
  const { code, stderr } = await copy('--from', source.folder, '--to', url);
  assert.deepEqual([code, stderr], [0, '']);
});

test('what cannot be copied is refused with the reason', async (t) => {
  const url = await emptyPostgres(t);
  const folder = await makeFolder(t);
  assert.deepEqual((await copy('--from', folder, '--to', url)).stderr.trim(), `There is no hub.db in ${folder}.`);
  const { code, stderr } = await copy('--from', folder);
  assert.deepEqual([code, stderr.startsWith('npm run db:copy -- --from FOLDER --to postgres://')], [2, true]);
});
