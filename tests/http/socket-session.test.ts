import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import { type SessionOptions, SocketSession } from '../../src/http/socket-session.js';

const principal = { scope: 'admin', keyId: 'admin', revoked: new AbortController().signal } as const;

interface Pair {
  readonly session: SocketSession;
  readonly client: WebSocket;
}

/** A session and the client that it speaks with, over a real socket. */
const connect = async (
  t: TestContext,
  limits: Pick<SessionOptions, 'heartbeatMs' | 'tooSlowMs'> = {},
  options: { readonly autoPong?: boolean } = {},
): Promise<Pair> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  t.after(() => client.terminate());
  const [socket, { socket: wire }] = await connected;
  const session = new SocketSession(socket, { principal, wire, logger: pino({ level: 'silent' }), ...limits });
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  return { session, client };
};

const closed = (signal: AbortSignal): Promise<unknown> => once(signal, 'abort');

test('a peer that answers no ping is taken for gone', async (t) => {
  const { session } = await connect(t, { heartbeatMs: 10 }, { autoPong: false });
  await closed(session.signal);
});

test('a peer that says nothing but answers pings stays', async (t) => {
  const { session, client } = await connect(t, { heartbeatMs: 100 });
  for (let beat = 0; beat < 4; beat++) await once(client, 'ping');
  assert.equal(session.signal.aborted, false);
});

/** Counts the frames that come. */
const countFrames = (client: WebSocket) => {
  let count = 0;
  client.on('message', () => {
    count += 1;
    client.emit('counted');
  });
  return {
    reach: async (total: number): Promise<void> => {
      while (count < total) await once(client, 'counted');
    },
  };
};

test('a writer waits for a reader that is behind, and goes on when it has caught up', async (t) => {
  const { session, client } = await connect(t);
  const frames = countFrames(client);
  client.pause();
  const frame = 'x'.repeat(64 * 1024);
  let written = 0;
  for (let hasRoom = true; hasRoom; ) {
    session.send(frame);
    written += 1;
    const nextTurn = new Promise<boolean>((resolve) => setImmediate(resolve, false));
    hasRoom = await Promise.race([session.room().then(() => true), nextTurn]);
  }
  const room = session.room();
  client.resume();
  await room;
  await frames.reach(written);
});

test('a reader that takes nothing for too long is closed, and hears why when it reads again', async (t) => {
  const { session, client } = await connect(t, { tooSlowMs: 20 });
  client.pause();
  const frame = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 30; n++) session.send(frame);
  await session.room();
  assert.equal(session.signal.aborted, true);
  const over = once(client, 'close');
  client.resume();
  assert.deepEqual((await over)[0], 1013);
});

test('while many frames of a client are under way no more are read from it', async (t) => {
  const { session, client } = await connect(t);
  const answers = countFrames(client);
  let begun = 0;
  const finish = new EventEmitter();
  const finished = once(finish, 'now');
  const work = async (): Promise<void> => {
    begun += 1;
    finish.emit('begun');
    await finished;
  };
  session.listen({ work });
  const padding = 'x'.repeat(16 * 1024);
  for (let n = 0; n < 1000; n++) client.send(JSON.stringify({ op: 'work', id: `${n}`, padding }));
  while (begun < 256) await once(finish, 'begun');
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  assert.ok(begun < 256 + 16, `${begun} were begun`);
  finish.emit('now');
  await answers.reach(1000);
});

test('a failure inside the hub is told as internal, without its details', async (t) => {
  const { session, client } = await connect(t);
  session.listen({
    work: async () => {
      throw new Error('secret');
    },
  });
  client.send('{"op":"work","id":"a"}');
  const [data] = await once(client, 'message');
  const { op, id, problem } = JSON.parse(String(data));
  assert.deepEqual([op, id, problem.code, problem.detail.includes('secret')], ['error', 'a', 'internal', false]);
});
