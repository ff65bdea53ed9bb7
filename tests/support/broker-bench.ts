import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Sqlite, { type Database as Connection } from 'better-sqlite3';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.js';
import { openDatabase } from '../../src/db/database.js';
import { loadEpoch } from '../../src/db/hub-meta.js';
import { migrate } from '../../src/db/migrate.js';
import { buildServer } from '../../src/http/server.js';
import { buildParts, type HubParts } from '../../src/hub-parts.js';
import { hubRoutes } from '../../src/hub-routes.js';
import type { Clock } from '../../src/lib/clock.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { BrokerClient, type Call } from './broker-client.js';
import { FakeClock, makeFolder } from './test-hub.js';

const KEY = 'key-of-the-test-bench';

interface Opened {
  readonly parts: HubParts;
  readonly call: Call;
  readonly document: () => object;
  close(): Promise<void>;
}

/** What `hub.ts` does, without a port, without agents, and without timers: nothing happens that a test does not ask for. */
const open = async (folder: string, clock: Clock): Promise<Opened> => {
  const config = loadConfig({ GRANGER_DATA: folder, GRANGER_DURABILITY: 'normal', GRANGER_AGENTS_MAX: '0' });
  const logger = pino({ level: 'silent' });
  const database = openDatabase({ folder, durability: config.durability });
  await migrate(database, migrations);
  const parts = buildParts({ config, database, clock, logger, epoch: await loadEpoch(database), adminKey: KEY });
  for (const part of [parts.modules, parts.channels, parts.depths]) await part.load(database.read);
  await parts.keys.load();
  await parts.signatures.load();
  await parts.feed.open(parts.events);
  await parts.delayed.promote();
  const end = new AbortController();
  const life = { startedAt: clock.now(), isDraining: () => false, end: end.signal, sessions: new Set<never>() };
  const app = await buildServer({
    keys: parts.keys,
    allowedHosts: [],
    logger,
    isDraining: () => false,
    parseYaml: JSON.parse,
    routes: hubRoutes(parts, life),
  });
  const call: Call = async (method, url, body, headers) => {
    const {
      statusCode,
      payload,
      headers: given,
    } = await app.inject({
      method: method as 'GET',
      url,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(given['content-type']).includes('json');
    return { status: statusCode, headers: new Headers(), body: isJson ? JSON.parse(payload) : payload };
  };
  const close = async (): Promise<void> => {
    end.abort();
    parts.deliveries.stopWaiting();
    await app.close();
    await parts.delayed.stop();
    await database.close();
  };
  return { parts, call, document: () => app.swagger(), close };
};

/** A broker on which time stands still until a test lets it pass. */
export class BrokerBench extends BrokerClient {
  readonly clock: FakeClock;
  readonly folder: string;
  #opened: Opened;
  #beside: Connection | undefined;

  constructor(opened: Opened, { folder, clock }: { folder: string; clock: FakeClock }) {
    super(
      (...request) => this.#opened.call(...request),
      () => this.#opened.document(),
    );
    this.#opened = opened;
    this.folder = folder;
    this.clock = clock;
  }

  get parts(): HubParts {
    return this.#opened.parts;
  }

  /** With everything that the hub does by itself. */
  async passTime(ms: number): Promise<void> {
    await this.passTimeUnswept(ms);
    const { rescue } = this.parts;
    while ((await rescue.rescue(this.clock.now())) > 0);
    while ((await rescue.expire(this.clock.now())) > 0);
  }

  /** The sweeps are late; what was delayed is not. */
  async passTimeUnswept(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.parts.delayed.promote();
  }

  /** Everything that was in memory only is gone. */
  async restart(): Promise<void> {
    await this.#opened.close();
    this.#opened = await open(this.folder, this.clock);
  }

  /** What is in the database, seen by somebody else. */
  rows(query: string, ...parameters: readonly unknown[]): Record<string, unknown>[] {
    this.#beside ??= new Sqlite(join(this.folder, 'hub.db'), { readonly: true });
    return this.#beside.prepare<unknown[], Record<string, unknown>>(query).all(...parameters);
  }

  async close(): Promise<void> {
    this.#beside?.close();
    await this.#opened.close();
  }
}

/** With Producer and Worker registered. The caller closes it. */
export const createBench = async (folder: string, clock = new FakeClock()): Promise<BrokerBench> => {
  const bench = new BrokerBench(await open(folder, clock), { folder, clock });
  await bench.register('Producer', 'Worker');
  return bench;
};

/** On a folder of its own, closed with the test. */
export const openBench = async (t: TestContext, clock?: FakeClock): Promise<BrokerBench> => {
  const bench = await createBench(await makeFolder(t), clock);
  t.after(() => bench.close());
  return bench;
};
