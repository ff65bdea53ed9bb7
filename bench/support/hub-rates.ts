import type { HubApi } from './hub-api.js';
import { post } from './load.js';
import type { ServerProcess } from './server-process.js';

const payload = { text: 'x'.repeat(256 - '{"text":""}'.length) };

/** What is sent in every measure: 256 bytes of payload. */
export const message = { from: 'Producer', to: 'Worker', type: 'bench', payload };

export const hundred: readonly (typeof message)[] = Array.from({ length: 100 }, () => message);

/** Requests a second. */
export const sendRate = async (
  { url, key }: ServerProcess,
  { body, connections, seconds }: { body: unknown; connections: number; seconds: number },
): Promise<number> =>
  (await post({ url: `${url}/v1/messages`, key, body: JSON.stringify(body), connections, seconds })).requestsPerSecond;

/** Claims and completes 100 at a time until there is nothing. @returns how many */
export const consume = async (api: HubApi): Promise<number> => {
  let done = 0;
  for (;;) {
    const claimed = await api.claim('Worker', 100);
    if (claimed.length === 0) return done;
    done += await api.complete(claimed);
  }
};

/** Deliveries a second of four consumers, after so many messages have been sent. The consumers may be of several hubs. */
export const consumeRate = async (apis: readonly HubApi[], messages: number): Promise<number> => {
  const [sender] = apis;
  const batch = JSON.stringify(Array.from({ length: 1000 }, () => message));
  for (let sent = 0; sent < messages; sent += 1000) await sender?.call('POST', '/v1/messages', batch);
  const start = performance.now();
  const consumers = [0, 1, 2, 3].map((number) => consume(apis[number % apis.length]!));
  const done = (await Promise.all(consumers)).reduce((sum, count) => sum + count, 0);
  if (done !== messages) throw new Error(`${messages} were sent and ${done} completed`);
  return (done * 1000) / (performance.now() - start);
};
