import { type ToldFinding, tellFinding } from './claude-finding.js';
import { probeClaude } from './claude-probe.js';
import { findProgram } from './find-program.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the Claude Code of an environment is, for who runs no hub: `granger doctor`. */
export const tellClaude = async (program: string, environment: Environment): Promise<ToldFinding> => {
  const isThere = (await findProgram(program, environment)) !== undefined;
  return tellFinding(program, isThere ? await probeClaude({ program, environment }) : { kind: 'not_installed' });
};
