import { readFileSync } from 'node:fs';

/** Of the package, which lies one folder above this file in `src` as in `dist`. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
