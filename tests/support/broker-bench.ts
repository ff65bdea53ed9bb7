import type { TestContext } from 'node:test';
import { CompiledQuery } from 'kysely';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.js';
import { loadIdentity } from '../../src/db/hub-meta.js';
import { migrate } from '../../src/db/migrate.js';
import { openDatabase } from '../../src/db/open-database.js';
import { buildServer } from '../../src/http/server.js';
import { hubMemory } from '../../src/hub-memory.js';
import { buildMetrics } from '../../src/hub-metrics.js';
import { buildParts, type HubParts } from '../../src/hub-parts.js';
import { hubRoutes } from '../../src/hub-routes.js';
import type { Clock } from '../../src/lib/clock.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { BrokerClient, type Call } from './broker-client.js';
import { databaseUrlFor, isPostgres, releaseDatabase } from './database-url.js';
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
  const database = await openDatabase({ folder, durability: config.durability, url: await databaseUrlFor(folder) });
  await migrate(database, migrations);
  const identity = await loadIdentity(database, undefined);
  const parts = buildParts({ config, database, clock, logger, ...identity, adminKey: KEY });
  await database.follow(hubMemory(parts));
  await parts.delayed.promote();
  const end = new AbortController();
  const sessions = new Set<never>();
  const metrics = buildMetrics(parts, { sessions, openEventStreams: new Set() });
  const { signal } = end;
  const life = { startedAt: clock.now(), isDraining: () => false, draining: signal, end: signal, sessions, metrics };
  const app = await buildServer({
    authenticators: parts,
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
    const isJson = /[/+]json\b/.test(String(given['content-type']));
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

  /** While a table cannot be found, whatever is written there fails. */
  async without(table: string, work: () => Promise<void>): Promise<void> {
    const { kysely } = this.parts.database.owner;
    await kysely.schema.alterTable(table).renameTo('away').execute();
    await work();
    await kysely.schema.alterTable('away').renameTo(table).execute();
  }

  /** What is in the database. @param query with `?` for each parameter */
  async rows(query: string, ...parameters: readonly unknown[]): Promise<Record<string, unknown>[]> {
    let number = 0;
    const text = isPostgres ? query.replaceAll('?', () => `$${++number}`) : query;
    const { rows } = await this.parts.database.read.kysely.executeQuery(CompiledQuery.raw(text, [...parameters]));
    return rows as Record<string, unknown>[];
  }

  async close(): Promise<void> {
    await this.#opened.close();
    releaseDatabase(this.folder);
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
