import { HubApi } from './hub-api.js';
import type { ServerProcess } from './server-process.js';

/** Milliseconds from the start of a send to its arrival at a claim that was waiting, one after the other on an idle hub. */
export const longPollLatencies = async (hub: ServerProcess, rounds: number): Promise<number[]> => {
  const [sender, worker] = [new HubApi(hub, 1), new HubApi(hub, 2)];
  await sender.register('LatencySender');
  await sender.register('LatencyWorker');
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const waiting = worker.claim('LatencyWorker', 1, 10);
    await worker.call('GET', '/v1/modules/LatencyWorker/health');
    const start = performance.now();
    const sending = sender.call('POST', '/v1/messages', {
      from: 'LatencySender',
      to: 'LatencyWorker',
      payload: { round },
    });
    const claimed = await waiting;
    times.push(performance.now() - start);
    await sending;
    await worker.complete(claimed);
  }
  await sender.close();
  await worker.close();
  return times;
};
