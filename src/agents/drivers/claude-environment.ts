import { TAG_VARIABLE } from '../leftovers.js';
import type { AgentStartOptions } from './agent-driver.js';

/** What the hub's promises rest on. The caller can still override each. */
const DEFAULTS = {
  // The end of a background task, or a timer, makes the CLI start a turn that nobody asked for, and the result of
  // that turn would be taken for the result of the next one.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_CODE_DISABLE_CRON: '1',
  // Without it a crash within 100 ms after the first result loses the whole session.
  CLAUDE_CODE_EAGER_FLUSH: '1',
};

/** Without CLAUDECODE, which a hub that was itself started by an agent has inherited. */
export function claudeEnvironment({ environment, tag }: AgentStartOptions): NodeJS.ProcessEnv {
  return { ...DEFAULTS, ...environment, CLAUDECODE: undefined, [TAG_VARIABLE]: tag };
}
