import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

// The least that a broadcast over ws can do: the same bytes, a send a client. Told what and how often over IPC.

export interface BareBroadcast {
  readonly frames: readonly string[];
  /** Milliseconds between two, which then say when they were sent in place of when they were first; 0: as fast as it goes. */
  readonly everyMs: number;
  /** How many are sent in one turn of the event loop. */
  readonly aTurn: number;
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.send('{"op":"welcome"}');
  socket.on('message', () => socket.send('{"op":"ok"}'));
});
server.on('listening', () => process.send?.({ port: (server.address() as AddressInfo).port }));

const send = (frame: string): void => {
  const bytes = Buffer.from(frame);
  for (const client of server.clients) client.send(bytes, { binary: false });
};

/** As long as it was. */
const sentNow = (frame: string): string => frame.replace(/"at":"[^"]*"/, `"at":"${new Date().toISOString()}"`);

process.on('message', async ({ frames, everyMs, aTurn }: BareBroadcast) => {
  const began = performance.now();
  for (const [index, frame] of frames.entries()) {
    if (everyMs > 0) await pause(Math.max(0, began + index * everyMs - performance.now()));
    else if (index % aTurn === 0) await new Promise(setImmediate);
    send(everyMs > 0 ? sentNow(frame) : frame);
  }
});
process.on('disconnect', () => process.exit());
