import type { TestContext } from 'node:test';
import { GrangerClient } from '../../src/client/granger-client.js';
import type { HubAddress } from '../../src/client/hub-connection.js';
import type { Worker } from '../../src/client/worker.js';

/** A client, closed with the test. */
export const openClient = (t: TestContext, address: HubAddress): GrangerClient => {
  const client = new GrangerClient({ url: address.url, key: address.key, retrySeconds: address.retrySeconds });
  t.after(() => client.close());
  return client;
};

/** Stopped with the test, without patience. */
export const stopAfter = (t: TestContext, worker: Worker): Worker => {
  t.after(() => worker.stop({ drainSeconds: 0 }));
  return worker;
};

/** A promise, and the function that keeps it. */
export const latch = <T = void>() => {
  let release: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    release = resolve;
  });
  return { opened, release };
};
