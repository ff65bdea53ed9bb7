import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import pg from 'pg';
import { clusterDatabase, joinCluster } from '../support/cluster.js';
import { newPostgresUrl } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';
import { startHubProcess } from '../support/hub-process.js';
import { FakeClock, makeFolder, request } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type AnyBody = any;

/** As a jump of the database's clock: every beat is long ago, and the hub that judges the others is the next one to beat. */
const jump = `update nodes set beat_at = beat_at - 60000 where not exists (
  select 1 from duties join nodes judge on judge.id = duties.node_id join nodes other on other.id <> judge.id
  where other.state = 'live' and other.beat_at <= judge.beat_at)`;

const letClockJump = async (url: string): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  await eventually(async () => ((await client.query(jump)).rowCount ?? 0) > 0);
  await client.end();
};

test('ten hubs that start at once on an empty database make its tables once, know each other, and take the keys of all', async (t) => {
  const url = await newPostgresUrl();
  const hubs = await Promise.all(Array.from({ length: 10 }, () => joinCluster(t, url)));
  const keys = new Set(hubs.map(({ key }) => key));
  assert.equal(keys.size, 10);
  const [first] = hubs;
  const { items } = (await first!.call('GET', '/v1/nodes')).body;
  assert.deepEqual([items.length, items.filter(({ isThis }: AnyBody) => isThis).length], [10, 1]);
  assert.ok(items.every(({ state }: AnyBody) => state === 'live'));
  for (const { key } of hubs)
    assert.equal((await request(`${first!.url}/v1/keys`, { method: 'GET', key })).status, 200);
  await first!.broker.register('Producer', 'Worker');
  await Promise.all(hubs.map(({ broker }) => broker.send()));
  const claims = await Promise.all(hubs.map(({ broker }) => broker.claim('Worker', { max: 3 })));
  assert.equal(claims.flat().length, 10);
});

test('a hub that is started again on its folder is the same one, and with another admin key the old one is good nowhere', async (t) => {
  const url = await clusterDatabase(t);
  const other = await joinCluster(t, url);
  const folder = await makeFolder(t);
  const [before, after] = ['the-admin-key-of-before', 'the-admin-key-of-after'];
  const first = await joinCluster(t, url, { folder, settings: { GRANGER_ADMIN_KEY: before } });
  await first.stop();
  await joinCluster(t, url, { folder, settings: { GRANGER_ADMIN_KEY: after } });
  const status = async (key: string): Promise<number> =>
    (await request(`${other.url}/v1/keys`, { method: 'GET', key })).status;
  assert.equal(await status(after), 200);
  await eventually(async () => (await status(before)) === 401);
  const { items } = (await other.call('GET', '/v1/nodes')).body;
  assert.deepEqual(
    items.map(({ state }: AnyBody) => state),
    ['live', 'live'],
  );
});

test('a module whose claims come to one hub is alive for the others', async (t) => {
  const url = await clusterDatabase(t);
  const clock = new FakeClock();
  const [a, b] = [await joinCluster(t, url, { clock }), await joinCluster(t, url, { clock })];
  await a.broker.register('Worker');
  clock.advance(600_000);
  const status = async () => (await b.call('GET', '/v1/modules/Worker')).body.status;
  assert.equal(await status(), 'offline');
  await a.broker.claim('Worker');
  await eventually(async () => (await status()) === 'active');
});

test('when a hub is killed the others say so, sweep in its place, and rescue what it held', async (t) => {
  const url = await clusterDatabase(t);
  const settings = { GRANGER_DATABASE_URL: url, GRANGER_LOG_LEVEL: 'error' };
  const killed = await startHubProcess(t, { settings });
  const left = await joinCluster(t, url);
  await left.broker.register('Producer', 'Worker');
  await killed.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', ttlSeconds: 3 });
  const { body } = await killed.call('POST', '/v1/modules/Worker/claim', { leaseSeconds: 5 });
  assert.equal(body.items.length, 1);
  const exited = once(killed.child, 'exit');
  killed.child.kill('SIGKILL');
  await exited;
  const lost = await whenEvent(left, { types: 'hub.lost' });
  const { items } = (await left.call('GET', '/v1/nodes')).body;
  const [dead] = items.filter(({ isThis }: AnyBody) => !isThis);
  assert.deepEqual([dead.state, lost.data.node], ['lost', dead.id]);
  await whenEvent(left, { types: 'delivery.expired' });
});

test('when the clock of the database jumps nobody who lives is taken for lost, and who is dead still is', async (t) => {
  const url = await clusterDatabase(t);
  const settings = { GRANGER_DATABASE_URL: url, GRANGER_LOG_LEVEL: 'error' };
  const [first, second] = [await startHubProcess(t, { settings }), await startHubProcess(t, { settings })];
  const left = [await joinCluster(t, url), await joinCluster(t, url)] as const;
  const lostOnes = async (): Promise<AnyBody[]> =>
    (await left[0].call('GET', '/v1/events?types=hub.lost&after=0')).body.items;
  const kill = async ({ child }: typeof first, count: number): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await eventually(async () => (await lostOnes()).length >= count);
  };
  await kill(first, 1); // whoever judges has been steady for long enough
  await letClockJump(url);
  await kill(second, 2);
  const urls = (await lostOnes()).map(({ data }) => data.url);
  assert.deepEqual(urls, [first.url, second.url]);
});
