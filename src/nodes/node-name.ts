import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomToken } from '../lib/random-token.js';

/** The name of the hub that runs on a data folder, made at its first start: by it the hub finds its own rows again. */
export const loadNodeName = (folder: string): string => {
  const file = join(folder, 'node-name');
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (known !== '') return known;
  const name = randomToken(9);
  writeFileSync(file, `${name}\n`, { mode: 0o600 });
  return name;
};
