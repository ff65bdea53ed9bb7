import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { Consumer } from '../../src/messages/consumer.js';
import type { ClaimOptions } from '../../src/messages/delivery-service.js';
import type { ClaimedDelivery } from '../../src/messages/message-json.js';
import { PushedDeliveries } from '../../src/messages/pushed-deliveries.js';
import { claimedDelivery } from '../support/claimed-delivery.js';

const claimedWith = (deliveryId: number): ClaimedDelivery => ({
  ...claimedDelivery(),
  deliveryId,
  lease: `lease-${deliveryId}`,
});

/** A consumer between a queue that a test fills and a socket whose reader takes one frame, and more when it is told to. */
const consume = (prefetch: number) => {
  const calls = new EventEmitter();
  const pushed = new PushedDeliveries<Consumer>();
  const asked: number[] = [];
  const sent: string[] = [];
  const givenBack: number[] = [];
  let hasRead = false;
  const consumer = new Consumer(
    {
      signal: new AbortController().signal,
      send: (frame) => {
        sent.push(frame);
        calls.emit('sent');
      },
      room: async () => {
        if (sent.length === 1 && !hasRead) await once(calls, 'read');
      },
    },
    { id: 'c', module: 'Worker', prefetch, leaseMs: 60_000, channels: undefined, types: undefined },
    {
      pushed,
      modules: { sawSign: () => undefined },
      deliveries: {
        claim: async (_module: string, { max, signal }: ClaimOptions) => {
          asked.push(max);
          const answered = once(calls, 'answer') as Promise<[ClaimedDelivery[]]>;
          const ended = once(signal, 'abort').then((): [ClaimedDelivery[]] => [[]]);
          calls.emit('asked');
          const [claimed] = await Promise.race([answered, ended]);
          return claimed;
        },
      },
      giveBack: async (claimed) => void givenBack.push(...claimed.map(({ deliveryId }) => deliveryId)),
    },
  );
  const settle = (id: number): void => {
    pushed.remove(id, `lease-${id}`);
    consumer.freed();
  };
  return {
    consumer,
    asked,
    sent,
    givenBack,
    settle,
    running: consumer.run(),
    nextClaim: () => once(calls, 'asked'),
    nextSent: () => once(calls, 'sent'),
    answer: (...ids: number[]) => calls.emit('answer', ids.map(claimedWith)),
    read: () => {
      hasRead = true;
      calls.emit('read');
    },
  };
};

test('credit that comes in one turn of the event loop is claimed at once', async () => {
  const { consumer, asked, sent, settle, answer, nextClaim, nextSent, read, running } = consume(3);
  await nextClaim();
  answer(1, 2, 3);
  await nextSent();
  assert.equal(consumer.credit, 0);
  read();
  await new Promise(setImmediate);
  assert.equal(sent.length, 3);
  const claim = nextClaim();
  settle(1);
  await new Promise((resolve) => process.nextTick(resolve));
  settle(2);
  await new Promise((resolve) => process.nextTick(resolve));
  settle(3);
  await claim;
  assert.deepEqual(asked, [3, 3]);
  consumer.end();
  await running;
});

test('what was claimed for a reader that is behind is given back when it is ended meanwhile', async () => {
  const { consumer, sent, givenBack, answer, nextClaim, nextSent, read, running } = consume(3);
  await nextClaim();
  answer(1, 2, 3);
  await nextSent();
  consumer.end();
  read();
  await running;
  assert.deepEqual([sent.length, givenBack], [1, [2, 3]]);
});

test('a consumer that is to look again claims again, and one that is ended does not', async () => {
  const { consumer, asked, nextClaim, running } = consume(2);
  await nextClaim();
  const second = nextClaim();
  consumer.lookAgain();
  await second;
  consumer.end();
  await running;
  assert.deepEqual(asked, [2, 2]);
});
