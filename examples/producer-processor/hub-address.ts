import { readFileSync } from 'node:fs';

/** GRANGER_URL and GRANGER_KEY, else the hub that runs in this folder. */
export const hubAddress = (): { url: string; key: string } => ({
  url: process.env.GRANGER_URL ?? (JSON.parse(readFileSync('data/hub.json', 'utf8')) as { url: string }).url,
  key: process.env.GRANGER_KEY ?? readFileSync('data/admin.key', 'utf8').trim(),
});
