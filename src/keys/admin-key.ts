import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AdminKey {
  readonly key: string;
  /** The file it stands in; undefined where it was given as a setting. */
  readonly file: string | undefined;
}

export const newSecret = (): string => `grk_${randomBytes(24).toString('base64url')}`;

/** The admin key from the settings, else from `<folder>/admin.key`, which is made at the first start, readable by its owner only. */
export const loadAdminKey = (folder: string, given: string | undefined): AdminKey => {
  if (given !== undefined) return { key: given, file: undefined };
  const file = join(folder, 'admin.key');
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const key = readFileSync(file, 'utf8').trim();
    if (key !== '') return { key, file };
  }
  const key = newSecret();
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return { key, file };
};
