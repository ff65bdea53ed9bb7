import { HubApi } from './hub-api.js';
import { startHub } from './server-process.js';

export interface CrowdResult {
  readonly sent: number;
  readonly completed: number;
  readonly doubled: number;
  readonly perSecond: number;
  readonly memoryMb: number;
}

const PAUSE_MS = 5;

/**
 * So many modules side by side, each sending to the next and completing what comes to it, for some seconds; then all is drained and
 * counted. Any answer that is no success ends the run with its error.
 */
export const runCrowd = async (modules: number, seconds: number): Promise<CrowdResult> => {
  const hub = await startHub();
  const api = new HubApi(hub, modules * 2);
  const names = Array.from({ length: modules }, (_, index) => `Module${index}`);
  for (const name of names) await api.register(name);
  const until = performance.now() + seconds * 1000;
  const seen = new Map<string, number>();
  let sent = 0;
  let sending = modules;

  const send = async (index: number): Promise<void> => {
    const [from, to] = [names[index], names[(index + 1) % modules]];
    while (performance.now() < until) {
      await api.call('POST', '/v1/messages', { from, to, payload: { n: sent } });
      sent++;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    sending--;
  };
  const work = async (name: string): Promise<void> => {
    for (;;) {
      const isLast = sending === 0;
      const claimed = await api.claim(name, 50, 1);
      if (claimed.length === 0 && isLast) return;
      const done = await api.complete(claimed);
      if (done !== claimed.length) throw new Error(`${name} held ${claimed.length} deliveries and completed ${done}`);
      for (const { message } of claimed) seen.set(message.id, (seen.get(message.id) ?? 0) + 1);
    }
  };
  const start = performance.now();
  await Promise.all([...names.keys()].map(send).concat(names.map(work)));
  const elapsed = (performance.now() - start) / 1000;
  const memoryMb = hub.memoryMb();
  await api.close();
  await hub.stop();
  const doubled = [...seen.values()].filter((times) => times > 1).length;
  return { sent, completed: seen.size, doubled, perSecond: seen.size / elapsed, memoryMb };
};
