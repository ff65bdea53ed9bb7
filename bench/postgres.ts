import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../tests/support/postgres-server.js';
import { HubApi } from './support/hub-api.js';
import { consume, consumeRate, hundred, message, sendRate } from './support/hub-rates.js';
import { type ServerProcess, startHub } from './support/server-process.js';
import { median, perSecond } from './support/statistics.js';

/*
 * The hub on PostgreSQL against the queues that people run there today, in one run on one durable server; quote the ratios, not the
 * rates. The queues are libraries that are called in their own process, the hub is asked over HTTP. Each begins on a database of its own.
 * BENCH_SECONDS: each measure. BENCH_ROUNDS: how often; the median counts.
 */
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const MESSAGES = 20_000;
const RIVALS = ['pg-boss', 'graphile-worker'] as const;

interface Rates {
  readonly single: number;
  readonly batch: number;
  readonly consume: number;
}
type Measure = keyof Rates;

const folder = fileURLToPath(new URL('postgres/', import.meta.url));

const freshDatabase = async ({ url }: PostgresServer, name: string): Promise<string> => {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return url.replace(/[^/]+$/, name);
};

const rivalRates = async (name: string, url: string): Promise<Rates> => {
  const program = ['measure-queue.mjs', name, url, String(SECONDS), String(MESSAGES)];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: folder });
  return JSON.parse(stdout) as Rates;
};

const hubsRates = async (url: string, count: number): Promise<Rates> => {
  const hubs: ServerProcess[] = [];
  const apis: HubApi[] = [];
  try {
    for (let number = 0; number < count; number++) {
      const first = hubs[0];
      const hub = await startHub({
        GRANGER_DATABASE_URL: url,
        ...(first === undefined ? {} : { GRANGER_ADMIN_KEY: first.key }),
      });
      hubs.push(hub);
      apis.push(new HubApi(hub));
    }
    for (const module of ['Producer', 'Worker']) await apis[0]?.register(module);
    return await ratesOf(hubs, apis);
  } finally {
    for (const api of apis) await api.close();
    for (const hub of hubs) await hub.stop();
  }
};

/** The same 32 and 8 connections and four consumers, dealt out to the hubs. */
const ratesOf = async (hubs: readonly ServerProcess[], apis: readonly HubApi[]): Promise<Rates> => {
  const together = async (body: unknown, connections: number): Promise<number> => {
    const load = { body, connections: connections / hubs.length, seconds: SECONDS };
    return (await Promise.all(hubs.map((hub) => sendRate(hub, load)))).reduce((sum, rate) => sum + rate, 0);
  };
  const empty = async (): Promise<void> => {
    await Promise.all(apis.map(consume));
  };
  const single = await together(message, 32);
  await empty();
  const batch = 100 * (await together(hundred, 8));
  await empty();
  return { single, batch, consume: await consumeRate(apis, MESSAGES) };
};

const measures: readonly { readonly measure: Measure; readonly name: string }[] = [
  { measure: 'single', name: 'single sends, 32 at once' },
  { measure: 'batch', name: 'sends of 100, 8 at once' },
  { measure: 'consume', name: 'claim 100 + complete 100, 4 at once' },
];

const sides: Readonly<Record<string, (url: string) => Promise<Rates>>> = {
  ...Object.fromEntries(RIVALS.map((name) => [name, (url: string) => rivalRates(name, url)])),
  hub: (url) => hubsRates(url, 1),
  'two hubs': (url) => hubsRates(url, 2),
};

const postgres = await startPostgres(['max_connections=200']);
const rounds = new Map<string, Rates[]>(Object.keys(sides).map((name) => [name, []]));
for (let round = 1; round <= ROUNDS; round++) {
  for (const [name, ratesAt] of Object.entries(sides)) {
    const database = await freshDatabase(postgres, `${name.replaceAll(/\W/g, '_')}_${round}`);
    rounds.get(name)?.push(await ratesAt(database));
  }
}
await postgres.stop();

const rateOf = (side: string, measure: Measure): number =>
  median((rounds.get(side) ?? []).map((rates) => rates[measure]));
const of = (measure: Measure, side: string): string => (rateOf('hub', measure) / rateOf(side, measure)).toFixed(2);
const best = (measure: Measure): string =>
  (rateOf('hub', measure) / Math.max(...RIVALS.map((name) => rateOf(name, measure)))).toFixed(2);

console.log(
  `${''.padEnd(38)}${Object.keys(sides)
    .map((name) => name.padStart(18))
    .join('')}`,
);
for (const { measure, name } of measures)
  console.log(
    `${name.padEnd(38)}${Object.keys(sides)
      .map((side) => perSecond(rateOf(side, measure)).padStart(18))
      .join('')}`,
  );
console.log(`single sends: ${of('single', 'pg-boss')} of pg-boss (must reach 3)`);
console.log(`sends of 100: ${best('batch')} of the best (must reach 1)`);
console.log(`claim and complete: ${best('consume')} of the best (must reach 2)`);
for (const { measure, name } of measures)
  console.log(`two hubs, ${name}: ${(1 / Number(of(measure, 'two hubs'))).toFixed(2)} of one`);
