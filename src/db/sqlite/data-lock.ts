import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

export interface DataLock {
  release(): void;
}

/**
 * The right to use a data folder, for one hub at a time. Undefined where another hub holds it. It is an exclusive transaction on a
 * file of its own: the operating system frees it with the process, however that ends, so there is never a stale lock to clean.
 */
export const lockDataFolder = (folder: string): DataLock | undefined => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new Sqlite(join(folder, 'hub.lock'), { timeout: 0 });
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return { release: () => file.close() };
};
