import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startHubProcess } from '../../examples/demo/hub-process.js';
import { startPostgres } from '../../tests/support/postgres-server.js';
import { HubSide } from './agent-sides.js';
import { startOfflineProcess } from './offline-process.js';
import { StampWatcher } from './stamp-watcher.js';

const cli = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));
const stampingCli = fileURLToPath(new URL('stamping-claude.mjs', import.meta.url));

/** One of these agents is asked, and its words are watched at a hub beside the one that runs it. @returns their ages there, in milliseconds */
export const outputAgesAtAnotherHub = async (turns: number): Promise<readonly number[]> => {
  const root = await mkdtemp(join(tmpdir(), 'granger-bench-'));
  const closers: (() => Promise<void>)[] = [() => rm(root, { recursive: true, force: true })];
  try {
    const api = await startOfflineProcess();
    closers.push(api.stop);
    const postgres = await startPostgres(['max_connections=50']);
    closers.push(postgres.stop);
    const shared = { GRANGER_DATABASE_URL: postgres.url };
    const runner = await HubSide.start({
      folder: join(root, 'runner'),
      program: stampingCli,
      apiUrl: api.url,
      environment: { BENCH_CLAUDE: cli },
      settings: shared,
    });
    closers.push(() => runner.stop());
    const folder = join(root, 'other');
    await mkdir(folder);
    const other = await startHubProcess(folder, { ...process.env, ...shared, GRANGER_AGENTS_MAX: '0' });
    closers.push(other.stop);
    const watcher = await StampWatcher.open(other);
    for (let turn = 0; turn < turns; turn++) await runner.turn();
    await watcher.close();
    return watcher.agesMs;
  } finally {
    for (const close of closers.reverse()) await close();
  }
};
