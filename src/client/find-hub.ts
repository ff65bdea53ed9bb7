import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubAddress } from './hub-connection.js';
import { HubNotFound } from './hub-errors.js';

/** What is known already of where a hub is. */
export interface HubPlace {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** The data folder of a hub on this machine. */
  readonly data?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty counts as not given, as it does for the hub. */
const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

export const dataFolderOf = ({ data }: HubPlace, environment: Environment): string =>
  data ?? given(environment.GRANGER_DATA) ?? './data';

/**
 * What is given goes first, then GRANGER_URL and GRANGER_KEY, then what a hub on this machine has left in its data folder (GRANGER_DATA, or
 * ./data): `hub.json` and `admin.key`. @throws HubNotFound
 */
export const findHub = (place: HubPlace = {}, environment: Environment = process.env): HubAddress => {
  const folder = dataFolderOf(place, environment);
  const url = place.url ?? (place.data === undefined ? given(environment.GRANGER_URL) : undefined) ?? urlIn(folder);
  const key = place.key ?? given(environment.GRANGER_KEY) ?? keyIn(folder) ?? given(environment.GRANGER_ADMIN_KEY);
  if (url === undefined) throw new HubNotFound(folder);
  return { url, key };
};

const textIn = (folder: string, name: string): string | undefined => {
  try {
    return readFileSync(join(folder, name), 'utf8').trim();
  } catch {
    return undefined;
  }
};

const keyIn = (folder: string): string | undefined => given(textIn(folder, 'admin.key'));

const urlIn = (folder: string): string | undefined => {
  const text = textIn(folder, 'hub.json');
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { url?: string }).url;
  } catch {
    return undefined;
  }
};
