import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startHubProcess } from '../../examples/demo/hub-process.js';
import { startOfflineApi } from '../../examples/offline/offline-api.js';
import { offlineEnvironment } from '../../examples/offline/offline-environment.js';
import { settingNames } from '../../src/config.js';
import { CLAUDE_PROGRAM } from './claude-cli.js';

/** None of the developer's own: a setting that is left empty counts as not set. */
const withoutSettings = Object.fromEntries(settingNames.map((name) => [name, '']));

/** A hub process whose agents the offline API plays. @returns the folder that has its `data/`, as the folder of `npm start` has */
export async function startReadmeHub(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'granger-readme-'));
  await mkdir(join(folder, 'data'));
  const api = await startOfflineApi();
  const starting = startHubProcess(join(folder, 'data'), {
    ...withoutSettings,
    ...offlineEnvironment({ apiUrl: api.url, configDir: join(folder, 'claude') }),
    GRANGER_CLAUDE: CLAUDE_PROGRAM,
  });
  t.after(async () => {
    await starting.then((hub) => hub.stop()).catch(() => undefined);
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });
  await starting;
  return folder;
}
