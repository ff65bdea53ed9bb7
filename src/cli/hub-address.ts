import { findHub, type HubPlace } from '../client/find-hub.js';
import type { HubAddress } from '../client/hub-connection.js';
import { CliFailure, exitCodes } from './cli-failure.js';

/** The hub that the options mean, else the environment. @throws HubNotFound, CliFailure */
export const hubAddress = (
  options: HubPlace,
  environment: Readonly<Record<string, string | undefined>>,
): HubAddress => {
  const { url, key } = findHub(options, environment);
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return { url, key, retrySeconds: 0 };
  throw new CliFailure(exitCodes.usage, `${url} is no address of a hub.`, 'It looks like http://127.0.0.1:7411');
};
