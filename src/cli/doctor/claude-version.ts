import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DoctorFacts } from './doctor-findings.js';

const PATIENCE_MS = 15_000;

/** What the program says of itself. */
export const askVersion = async (
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DoctorFacts['claude']> => {
  try {
    const options = { timeout: PATIENCE_MS, env: { ...environment } };
    const { stdout } = await promisify(execFile)(program, ['--version'], options);
    return { program, version: stdout.trim() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { program, problem: code === 'ENOENT' ? 'there is no such program' : message.split('\n')[0]! };
  }
};
