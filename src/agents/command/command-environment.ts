import type { CommandSettings } from '../../modules/served-runtime-schema.js';
import { TAG_VARIABLE } from '../leftovers.js';

/** The hub's environment without the hub's own settings and secrets, what the descriptor adds, and the tag, which nothing overrides. */
export const commandEnvironment = (
  inherited: Readonly<Record<string, string | undefined>>,
  { environment = {} }: CommandSettings,
  tag: string,
): NodeJS.ProcessEnv => {
  const others = Object.entries(inherited).filter(([name]) => !name.startsWith('GRANGER_') && name !== 'CLAUDECODE');
  return { ...Object.fromEntries(others), ...environment, [TAG_VARIABLE]: tag };
};
