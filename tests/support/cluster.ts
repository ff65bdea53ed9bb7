import type { TestContext } from 'node:test';
import { afterAll } from './after-all.js';
import { BrokerClient } from './broker-client.js';
import { postgresUrlFor, releaseDatabase } from './database-url.js';
import { startTestHub, type TestHub, type TestHubOptions } from './test-hub.js';

export interface ClusterHub extends TestHub {
  readonly broker: BrokerClient;
}

/** One more hub on the database, in a folder of its own. */
export const joinCluster = async (
  t: TestContext,
  url: string,
  { settings, ...options }: TestHubOptions = {},
): Promise<ClusterHub> => {
  const hub = await startTestHub(t, { ...options, settings: { GRANGER_DATABASE_URL: url, ...settings } });
  return { ...hub, broker: new BrokerClient(hub.call, () => hub.hub.app.swagger()) };
};

/** The address of a database that is released with the test. */
export const clusterDatabase = async (t: TestContext): Promise<string> => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  return url;
};

/** Two hubs for all tests of a file, with Producer and Worker registered at the first. Stopped after the last. */
export const shareCluster = async (options: TestHubOptions = {}): Promise<readonly [ClusterHub, ClusterHub]> => {
  const teardowns: (() => unknown)[] = [];
  const owner = { name: 'a cluster', after: (teardown: () => unknown) => void teardowns.push(teardown) };
  afterAll(async () => {
    for (const teardown of teardowns.reverse()) await teardown();
  });
  const t = owner as unknown as TestContext;
  const url = await clusterDatabase(t);
  const hubs = [await joinCluster(t, url, options), await joinCluster(t, url, options)] as const;
  await hubs[0].broker.register('Producer', 'Worker');
  return hubs;
};
