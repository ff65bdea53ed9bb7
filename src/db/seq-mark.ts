import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** How far the log of a database had come when it was last looked at, kept beside it: a copy that has not come so far is an older one. */
export interface SeqMark {
  readonly epoch: string;
  /** Number of an event that is durable: a crash never leaves the database behind its mark. */
  readonly seq: number;
}

const FILE = 'hub.mark';

/** Undefined where there is none, or none that can be read. */
export const readMark = (folder: string): SeqMark | undefined => {
  try {
    const { epoch, seq } = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Partial<SeqMark>;
    return typeof epoch === 'string' && Number.isSafeInteger(seq) ? { epoch, seq: seq! } : undefined;
  } catch {
    return undefined;
  }
};

/** Whole or not at all, also where the power fails. One at a time. */
export const writeMark = async (folder: string, { epoch, seq }: SeqMark): Promise<void> => {
  const file = join(folder, FILE);
  const next = await open(`${file}.new`, 'w', 0o600);
  try {
    await next.writeFile(`${JSON.stringify({ epoch, seq })}\n`);
    await next.sync();
  } finally {
    await next.close();
  }
  await rename(`${file}.new`, file);
};
