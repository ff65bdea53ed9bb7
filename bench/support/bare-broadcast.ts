import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

// The least that a broadcast over ws can do: the same bytes, a send a client. Told what and how often over IPC.

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.send('{"op":"welcome"}');
  socket.on('message', () => socket.send('{"op":"ok"}'));
});
server.on('listening', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', async ({ frames }: { frames: readonly string[] }) => {
  for (const frame of frames) {
    const bytes = Buffer.from(frame);
    for (const client of server.clients) client.send(bytes, { binary: false });
    await new Promise(setImmediate);
  }
});
process.on('disconnect', () => process.exit());
