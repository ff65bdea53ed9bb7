import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holding, openStream, register, type ServerFrame, type StreamClient } from '../support/stream-client.js';
import { startTestHub } from '../support/test-hub.js';

const MESSAGES = 500;

/** Completes whatever is pushed. @returns the ids of the messages, until the socket is closed */
const workUntilClosed = async (client: StreamClient): Promise<string[]> => {
  const done: string[] = [];
  client.socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    if (frame.op !== 'delivery') return;
    void client.ask('complete', holding(frame)).then(() => done.push(frame.message.id));
  });
  await client.closed;
  return done;
};

test('sockets that compete for the same deliveries do every one exactly once', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const watcher = await openStream(t, hub);
  await watcher.ask('subscribe', { filter: { types: ['delivery.completed'] } });
  const clients = [await openStream(t, hub), await openStream(t, hub)];
  const work = clients.map(workUntilClosed);
  for (const client of clients) await client.ask('consume', { module: 'Worker', prefetch: 10 });
  const messages = Array.from({ length: MESSAGES / 10 }, () => ({ from: 'Producer', to: 'Worker' }));
  const batches = await Promise.all(Array.from({ length: 10 }, () => watcher.ask('send', { messages })));
  for (let n = 0; n < MESSAGES; n++) await watcher.next(({ op }) => op === 'event');
  for (const client of clients) await client.close();
  const done = (await Promise.all(work)).flat();
  const sent = batches.flatMap(({ items }) => items.map(({ id }: ServerFrame) => id));
  assert.deepEqual(done.toSorted(), sent.toSorted());
  assert.deepEqual(watcher.untaken('event'), []);
});

test('of an ordering key one delivery is out at a time, in order, whoever consumes', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const sender = await openStream(t, hub);
  const clients = [await openStream(t, hub), await openStream(t, hub)];
  const order: number[] = [];
  let out = 0;
  const finished = new Promise<void>((resolve) => {
    const work = async (client: StreamClient, frame: ServerFrame): Promise<void> => {
      order.push(frame.message.payload.n);
      assert.equal(++out, 1);
      await new Promise(setImmediate);
      out -= 1;
      await client.ask('complete', holding(frame));
      if (order.length === 50) resolve();
    };
    for (const client of clients)
      client.socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(String(data)) as ServerFrame;
        if (frame.op === 'delivery') void work(client, frame);
      });
  });
  for (const client of clients) await client.ask('consume', { module: 'Worker' });
  const messages = Array.from({ length: 50 }, (_, n) => ({
    from: 'Producer',
    to: 'Worker',
    orderingKey: 'k',
    payload: { n },
  }));
  await sender.ask('send', { messages });
  await finished;
  assert.deepEqual(
    order,
    Array.from({ length: 50 }, (_, n) => n),
  );
});
