import { FrameCounter } from './frame-counter.js';

// A process of its own: so many subscribers on one address, and what they have heard. Spoken with over IPC.

export interface CrowdOptions {
  readonly url: string;
  readonly key: string;
  readonly subscribers: number;
}

export interface CrowdReport {
  /** Events, over all subscribers. */
  readonly frames: number;
  /** Of events that came out of order, twice, or after a gap. */
  readonly misplaced: number;
  /** From the instant of the event to its arrival, in milliseconds: one in sixteen. */
  readonly latencies: readonly number[];
  /** Of the texts of those events. */
  readonly bytes: number;
  /** When the last of all was heard, in milliseconds since 1970. */
  readonly lastAt: number;
}

let frames = 0;
let misplaced = 0;
let latencies: number[] = [];
let bytes = 0;
let lastAt = 0;

const numberAfter = (text: string, label: string): number => {
  const at = text.indexOf(label);
  return at < 0 ? Number.NaN : Number.parseInt(text.slice(at + label.length, at + label.length + 16), 10);
};

const hearEvents = (): ((text: string) => void) => {
  let last = Number.NaN;
  return (text) => {
    if (!text.startsWith('{"op":"event"')) return;
    const seq = numberAfter(text, '"seq":');
    if (seq <= last) misplaced += 1;
    last = seq;
    frames += 1;
    bytes += text.length;
    lastAt = Date.now();
    if (frames % 16 === 0) latencies.push(lastAt - Date.parse(text.slice(text.indexOf('"at":"') + 6).slice(0, 24)));
  };
};

const counters: FrameCounter[] = [];

const open = async ({ url, key, subscribers }: CrowdOptions): Promise<void> => {
  let ready = 0;
  const address = new URL('/v1/stream', url);
  for (let count = 0; count < subscribers; count++) {
    const hear = hearEvents();
    let greeted = false;
    const counter = new FrameCounter(address, key, (text) => {
      if (!greeted && text.startsWith('{"op":"welcome"')) {
        greeted = true;
        counter.send('{"op":"subscribe","id":"a","filter":{"types":"message.sent"}}');
      } else if (text.startsWith('{"op":"ok"')) ready += 1;
      else hear(text);
    });
    counters.push(counter);
    if (count % 50 === 49) await new Promise(setImmediate);
  }
  while (ready < subscribers) await new Promise((resolve) => setTimeout(resolve, 20));
};

process.on('message', (asked: CrowdOptions | 'report' | 'end') => {
  if (asked === 'end') {
    for (const counter of counters) counter.end();
    process.disconnect();
  } else if (asked === 'report') {
    process.send?.({ frames, misplaced, latencies, bytes, lastAt } satisfies CrowdReport);
    latencies = [];
    frames = 0;
    bytes = 0;
  } else void open(asked).then(() => process.send?.('ready'));
});
