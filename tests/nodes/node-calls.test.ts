import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres } from '../../src/db/postgres/postgres-database.js';
import { EventStore } from '../../src/events/event-store.js';
import { systemClock } from '../../src/lib/clock.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { NodeCalls, type NodeRequest } from '../../src/nodes/node-calls.js';
import { enrolNode } from '../../src/nodes/node-enrolment.js';
import { NodeService } from '../../src/nodes/node-service.js';
import { clusterDatabase } from '../support/cluster.js';

const logger = pino({ level: 'silent' });

/** What one hub asks others with, and is asked by them. */
const openCalls = async (t: TestContext, url: string, name: string): Promise<{ id: number; calls: NodeCalls }> => {
  const database = await openPostgres({ url, durability: 'full', isNotified: false });
  t.after(() => database.close());
  await migrate(database, migrations);
  const id = await enrolNode(database, name, 0);
  const events = new EventStore(database.read, () => {});
  const nodes = new NodeService({ database, events, clock: systemClock, logger, id, admitKey: () => {} });
  const calls = new NodeCalls({ database, nodes, logger });
  await database.follow({ topics: [calls.asked, calls.answered], load: async () => {}, readRows: () => {} });
  return { id, calls };
};

const requestFor = (url: string): NodeRequest => ({
  method: 'POST',
  url,
  headers: {},
  body: undefined,
  asker: { scope: 'admin', keyId: 'key_1', module: undefined },
});

test('a hub that hears an order only when its asker was told that it does not answer leaves it be', async (t) => {
  const url = await clusterDatabase(t);
  const [asker, asked] = [await openCalls(t, url, 'asker'), await openCalls(t, url, 'asked')];
  const served: string[] = [];
  asked.calls.serve(async (request) => {
    served.push(request.url);
    return { status: 204, headers: {}, body: '' };
  });
  await assert.rejects(asker.calls.ask(asked.id, requestFor('/over'), 0), { code: 'hub_unreachable' });
  const { status } = await asker.calls.ask(asked.id, requestFor('/in-time'), 60_000);
  assert.deepEqual([status, served], [204, ['/in-time']]);
});
