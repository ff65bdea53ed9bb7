import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { HubProcess } from '../../examples/demo/hub-process.js';

const NANOSECONDS_PER_MS = 1e6;

interface Frame {
  readonly op: string;
  readonly data?: { readonly text?: string };
}

/** A WebSocket client that tells how old the stamps of `stamping-claude.mjs` are when they arrive. */
export class StampWatcher {
  readonly agesMs: number[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (frame: Buffer) => this.#read(String(frame)));
  }

  static async open({ url, key }: HubProcess): Promise<StampWatcher> {
    const headers = { authorization: `Bearer ${key}` };
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'granger.v1', { headers });
    const watcher = new StampWatcher(socket);
    await once(socket, 'open');
    const subscribed = once(socket, 'message');
    socket.send(JSON.stringify({ op: 'subscribe', id: 'words', filter: { types: ['turn.output'] } }));
    await subscribed;
    return watcher;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #read(text: string): void {
    const now = process.hrtime.bigint();
    const { data } = JSON.parse(text) as Frame;
    const stamp = /<printed at (\d+)>/.exec(data?.text ?? '')?.[1];
    if (stamp !== undefined) this.agesMs.push(Number(now - BigInt(stamp)) / NANOSECONDS_PER_MS);
  }
}
