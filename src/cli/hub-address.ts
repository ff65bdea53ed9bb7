import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubAddress } from '../client/hub-connection.js';
import { CliFailure, exitCodes } from './cli-failure.js';

export interface AddressOptions {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** The data folder of a hub on this machine. */
  readonly data?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty counts as not given, as it does for the hub. */
const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

export const dataFolderOf = (options: AddressOptions, environment: Environment): string =>
  options.data ?? given(environment.GRANGER_DATA) ?? './data';

/** Options go first, then the environment, then what the data folder says. @throws CliFailure where there is no address */
export const findHub = (options: AddressOptions, environment: Environment): HubAddress => {
  const folder = dataFolderOf(options, environment);
  const url = options.url ?? (options.data === undefined ? given(environment.GRANGER_URL) : undefined) ?? urlIn(folder);
  const key = options.key ?? given(environment.GRANGER_KEY) ?? keyIn(folder) ?? given(environment.GRANGER_ADMIN_KEY);
  if (url !== undefined) return { url: checked(url), key, retrySeconds: 0 };
  throw new CliFailure(
    exitCodes.unreachable,
    `No hub runs on the data folder ${folder}: there is no hub.json in it.`,
    'Start one with `granger serve`, or name one with --url or --data.',
  );
};

const checked = (url: string): string => {
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw new CliFailure(exitCodes.usage, `${url} is no address of a hub.`, 'It looks like http://127.0.0.1:7411');
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
