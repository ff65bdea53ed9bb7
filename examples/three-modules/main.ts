// Three modules that hand work on, and an observer who watches. npx tsx examples/three-modules/main.ts
import { GrangerClient, Module } from '../../src/client/entry.js';

class Collector extends Module {
  readonly name = 'Collector';
  override readonly description = 'Reads what a sensor says';

  /** It waits for what the next one makes of it, and so does its own sender. */
  override async process(data: unknown): Promise<unknown> {
    const { line } = data as { line: string };
    const { reply } = await this.sendTo(
      'Cleaner',
      'Clean these readings',
      { readings: line.split(' ') },
      { waitSeconds: 30 },
    );
    return reply?.payload;
  }
}

class Cleaner extends Module {
  readonly name = 'Cleaner';
  override readonly description = 'Drops readings that are none';

  override async process(data: unknown): Promise<unknown> {
    const readings = (data as { readings: string[] }).readings.map(Number).filter(Number.isFinite);
    const { reply } = await this.sendTo('Reporter', 'Report these readings', { readings }, { waitSeconds: 30 });
    return reply?.payload;
  }
}

class Reporter extends Module {
  readonly name = 'Reporter';
  override readonly description = 'Says in one line what was read';

  override process(data: unknown): unknown {
    const { readings } = data as { readings: number[] };
    return { report: `${readings.length} readings, from ${Math.min(...readings)} to ${Math.max(...readings)}` };
  }
}

const hub = new GrangerClient();
await hub.registerModule('Sensor', { description: 'Measures a temperature' });
const modules = await Promise.all([new Collector(), new Cleaner(), new Reporter()].map((module) => module.start()));

// The observer sees every step, and needs nobody to tell it.
const { events } = await hub.stats();
const end = new AbortController();
const observe = async (): Promise<void> => {
  const seen = hub.events({ types: ['message.sent'], after: events.lastSeq, signal: end.signal });
  let replies = 0;
  for await (const { data, subject } of seen) {
    const { from, type } = data as { from: string; type: string };
    console.log(`observer: ${from} -> ${subject.module}: ${type}`);
    if (type.endsWith('.response')) replies += 1;
    if (replies === modules.length) return;
  }
};
const observing = observe();

const reply = await hub.request({
  from: 'Sensor',
  to: 'Collector',
  type: 'reading',
  payload: { line: '21.5 22 broken 19' },
});
console.log(`Sensor is told: ${(reply.payload as { report: string }).report}`);
await observing;
end.abort();
await Promise.all(modules.map((module) => module.stop()));
await hub.close();
