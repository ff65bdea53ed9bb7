import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { ClusterLoad } from './cluster-load.js';
import { startPostgres } from './postgres-server.js';
import { SupervisedHub } from './supervised-hub.js';

export interface ChaosOptions {
  readonly program: string;
  readonly hubs: number;
  readonly modules: number;
  readonly seconds: number;
  readonly killEverySeconds: number;
  /** Between two messages of a module. */
  readonly sendEveryMs: number;
}

export interface ChaosOutcome {
  readonly sent: number;
  readonly completed: number;
  readonly kills: number;
  readonly longestSendMs: number;
  /** What must not have happened, as sentences: empty. */
  readonly wrong: readonly string[];
}

const KEY = 'key-of-hubs-that-are-killed';

/** Hubs on one PostgreSQL under load; in turn one is killed, and half way the server is started again. Everything ends with the run. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosOutcome> => {
  const server = await startPostgres();
  const root = mkdtempSync(join(tmpdir(), 'granger-chaos-'));
  const settings = { GRANGER_DATABASE_URL: server.url, GRANGER_ADMIN_KEY: KEY, GRANGER_LOG_LEVEL: 'fatal' };
  const hubs = Array.from({ length: options.hubs }, (_, index) => {
    const folder = mkdtempSync(join(root, `hub-${index}-`));
    return new SupervisedHub({ program: options.program, folder, settings });
  });
  try {
    const load = new ClusterLoad(hubs, KEY);
    const names = Array.from({ length: options.modules }, (_, index) => `Module${index}`);
    await load.register(names);
    await untilUp(hubs);
    const loaded = load.run(names, options.sendEveryMs);
    const planned = Math.floor(options.seconds / options.killEverySeconds);
    for (let kills = 0; kills < planned; kills++) {
      await pause(options.killEverySeconds * 1000);
      const hub = hubs[kills % hubs.length]!;
      await untilUp([hub]);
      hub.kill();
      if (kills === Math.floor(planned / 2)) {
        await server.pause();
        await server.resume();
      }
    }
    load.endSending();
    await loaded;
    const wrong = [...load.wrong, ...(await wrongIn(server.url, load)), ...(await unwell(hubs, load))];
    const { sent, completed, longestPauseMs } = load;
    return {
      sent: sent.size,
      completed: completed.size,
      kills: planned,
      longestSendMs: Math.round(longestPauseMs),
      wrong,
    };
  } finally {
    await Promise.all(hubs.map((hub) => hub.stop()));
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
};

const untilUp = async (hubs: readonly SupervisedHub[]): Promise<void> => {
  while (hubs.some(({ url }) => url === undefined)) await pause(50);
};

/** Against what the database holds. */
const wrongIn = async (url: string, { sent, seen }: ClusterLoad): Promise<string[]> => {
  const client = new pg.Client(url);
  await client.connect();
  const numbers = async (text: string): Promise<number[]> =>
    (await client.query({ text, rowMode: 'array' })).rows.map(([value]) => Number(value));
  const done = new Set(await numbers(`select message_id from deliveries where state = 'done'`));
  const twice = await numbers(
    `select delivery_id from events where type = 'delivery.completed' group by delivery_id having count(*) > 1`,
  );
  const events = await numbers(`select seq from events where type = 'message.sent' order by seq`);
  await client.end();
  const lost = [...sent].filter((id) => !done.has(Number(id.split('_')[1])));
  const shown = new Set(seen);
  const gaps = events.filter((seq) => !shown.has(seq));
  const isInOrder = seen.every((seq, index) => index === 0 || seq > seen[index - 1]!);
  return [
    ...lost.map((id) => `${id} was acknowledged and is not done`),
    ...twice.map((id) => `dlv_${id} was completed twice`),
    ...gaps.map((seq) => `the stream did not show event ${seq}`),
    ...(isInOrder ? [] : ['the stream was not in order']),
  ];
};

/** Each hub answers by itself again, and all know each other. */
const unwell = async (hubs: readonly SupervisedHub[], load: ClusterLoad): Promise<string[]> => {
  const isWell = async (): Promise<boolean> => {
    const { items } = (await load.ask('GET', '/v1/nodes')).body;
    const live = items.filter(({ state }: { state: string }) => state === 'live');
    return hubs.every(({ url }) => url !== undefined) && live.length === hubs.length;
  };
  for (let look = 0; look < 600; look++) {
    if (await isWell()) return [];
    await pause(100);
  }
  return ['a hub was not well again after a minute'];
};
