import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from '../../lib/errors.js';
import { runtimeOf } from '../../modules/module.js';
import type { Descriptor } from '../../modules/module-schema.js';

/** A credential of Claude Code: a lane of its own for agents. */
export interface ClaudeProfile {
  readonly name: string;
  /** Its CLAUDE_CONFIG_DIR, with a login, or with a key in the file `api-key`. Undefined for what the hub itself was started with. */
  readonly folder: string | undefined;
}

/** @throws invalid_request for a profile that is not there: a mistyped one must not be paid from another */
export const checkProfile = (descriptor: Descriptor, profiles: readonly ClaudeProfile[]): void => {
  const runtime = runtimeOf(descriptor);
  const asked = runtime.type === 'claude' ? runtime.profile : undefined;
  if (asked === undefined || profiles.some(({ name }) => name === asked)) return;
  const names = profiles.map(({ name }) => name).join(', ');
  const errors = [{ pointer: '/runtime/profile', message: `must be one of ${names}` }];
  throw new HubError('invalid_request', `There is no profile ${JSON.stringify(asked)}; there is ${names}.`, { errors });
};

type Environment = Readonly<Record<string, string | undefined>>;

const KEY_FILE = 'api-key';

/** The environment with the profile's credential in place of any other. Its key is read each time, so that a new one is taken up. */
export const environmentOf = async (profile: ClaudeProfile, environment: Environment): Promise<Environment> => {
  if (profile.folder === undefined) return environment;
  const { ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, CLAUDE_CODE_OAUTH_TOKEN, ...rest } = environment;
  const key = await readKey(join(profile.folder, KEY_FILE));
  return { ...rest, CLAUDE_CONFIG_DIR: profile.folder, ...(key === undefined ? {} : { ANTHROPIC_API_KEY: key }) };
};

const readKey = async (path: string): Promise<string | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.trim() === '' ? undefined : text.trim();
};
