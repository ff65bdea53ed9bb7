import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { connectStream, register } from '../support/stream-client.js';
import { startTestHub } from '../support/test-hub.js';

const MOST_BYTES = 4 * 1024 * 1024;
const FAILURES = 1500;
const error = { code: 'large', message: 'x'.repeat(8000) };

interface Claimed {
  readonly delivery: { readonly id: string; readonly lease: string };
}

test('a subscriber that stops reading costs at most its buffer, holds up nobody, and misses nothing when it reads on', async (t) => {
  const hub = await startTestHub(t, { settings: { GRANGER_DURABILITY: 'normal' } });
  await register(hub, 'Producer', 'Worker');
  const subscribe = async () => {
    const seen: number[] = [];
    const connect = (): WebSocket => {
      const socket = connectStream(hub.url, hub.key);
      t.after(() => socket.terminate());
      const filter = { types: 'delivery.retried' };
      socket.on('open', () =>
        socket.send(JSON.stringify({ op: 'subscribe', id: 'all', filter, after: seen.at(-1) ?? 0 })),
      );
      socket.on('message', (data) => {
        const { op, seq } = JSON.parse(String(data));
        if (op === 'event') seen.push(seq);
      });
      // What takes nothing for long is closed, and comes back with the last number it saw.
      socket.on('close', (code) => code === 1013 && connect());
      return socket;
    };
    const socket = connect();
    await once(socket, 'open');
    return { socket, seen };
  };
  const slow = await subscribe();
  const quick = await subscribe();
  const [slowSide] = hub.hub.app.websocketServer.clients;
  slow.socket.pause();

  // Large events: the error of a failed attempt stands in its event. More of them than the system holds for a connection.
  let most = 0;
  for (let failed = 0; failed < FAILURES; failed += 100) {
    await hub.call(
      'POST',
      '/v1/messages',
      Array.from({ length: 100 }, () => ({ from: 'Producer', to: 'Worker' })),
    );
    const claimed = (await hub.call('POST', '/v1/modules/Worker/claim', { max: 100 })).body.items as Claimed[];
    const fail = claimed.map(({ delivery: { id, lease } }) => ({ id, lease, error, delaySeconds: 3600 }));
    assert.equal((await hub.call('POST', '/v1/deliveries/batch', { fail })).status, 200);
    most = Math.max(most, slowSide!.bufferedAmount);
  }
  await eventually(() => quick.seen.length === FAILURES);
  assert.ok(slow.seen.length < FAILURES, 'it has read everything');
  assert.ok(most > 0 && most <= MOST_BYTES, `${most} bytes waited`);
  slow.socket.resume();
  await eventually(() => slow.seen.length === FAILURES);
  assert.deepEqual(slow.seen, quick.seen);
});
