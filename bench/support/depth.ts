import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FilledState, fillDatabase } from './fill-database.js';
import { HubApi } from './hub-api.js';
import { type ServerProcess, startHub } from './server-process.js';
import { median } from './statistics.js';

const ROUNDS = 300;
const WARM_UP = 50;

export interface DepthResult {
  readonly emptyMs: number;
  readonly filledMs: number;
  readonly memoryMb: number;
}

const ten = Array.from({ length: 10 }, () => ({
  from: 'Producer',
  to: 'Worker',
  payload: { text: 'x'.repeat(245) },
}));

/** A hub of its own, whose database holds so many deliveries in a state. */
class FilledHub {
  readonly #hub: ServerProcess;
  readonly #api: HubApi;
  readonly #folder: string;
  readonly times: number[] = [];

  static async start(count: number, state: FilledState): Promise<FilledHub> {
    const folder = await mkdtemp(join(tmpdir(), 'granger-depth-'));
    await (await startHub({}, folder)).stop();
    if (count > 0) fillDatabase(folder, count, state);
    const filled = new FilledHub(folder, await startHub({}, folder));
    await filled.#api.register('Producer');
    await filled.#api.register('Worker');
    return filled;
  }

  constructor(folder: string, hub: ServerProcess) {
    this.#folder = folder;
    this.#hub = hub;
    this.#api = new HubApi(hub, 1);
  }

  get memoryMb(): number {
    return this.#hub.memoryMb();
  }

  async measure(): Promise<void> {
    await this.#api.call('POST', '/v1/messages', ten);
    const start = performance.now();
    const claimed = await this.#api.claim('Worker', 10);
    this.times.push(performance.now() - start);
    await this.#api.complete(claimed);
  }

  async stop(): Promise<void> {
    await this.#api.close();
    await this.#hub.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The median time of a claim of 10 on an empty database and on a filled one, taken in turn, so that noise meets both. */
export const claimAtDepth = async (count: number, state: FilledState): Promise<DepthResult> => {
  const [empty, filled] = [await FilledHub.start(0, state), await FilledHub.start(count, state)];
  for (let round = 0; round < ROUNDS; round++) for (const hub of [empty, filled]) await hub.measure();
  const { memoryMb } = filled;
  const result = {
    emptyMs: median(empty.times.slice(WARM_UP)),
    filledMs: median(filled.times.slice(WARM_UP)),
    memoryMb,
  };
  await Promise.all([empty.stop(), filled.stop()]);
  return result;
};
