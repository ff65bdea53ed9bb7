import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOfflineApi } from '../offline/offline-api.js';
import { offlineEnvironment } from '../offline/offline-environment.js';

export interface ClaudeAccess {
  readonly isOffline: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const cli = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));

/** Each says how the CLI is to reach a model. */
const variables = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
];

const hasCredentials = (): boolean => {
  const folder = process.env.CLAUDE_CONFIG_DIR ?? join(homedir(), '.claude');
  return variables.some((name) => process.env[name]) || existsSync(join(folder, '.credentials.json'));
};

/** The real model where there is a key or a login; else the stand-in on this machine, whose answers are canned. */
export const claudeAccess = async (dataFolder: string): Promise<ClaudeAccess> => {
  const program = { GRANGER_CLAUDE: process.env.GRANGER_CLAUDE ?? cli };
  if (hasCredentials()) return { isOffline: false, environment: program, close: async () => undefined };
  const api = await startOfflineApi();
  const environment = {
    ...program,
    ...offlineEnvironment({ apiUrl: api.url, configDir: join(dataFolder, 'claude') }),
    CLAUDE_CODE_TMPDIR: dataFolder,
  };
  return { isOffline: true, environment, close: () => api.close() };
};
