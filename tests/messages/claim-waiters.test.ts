import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClaimWaiters } from '../../src/messages/claim-waiters.js';

interface Item {
  readonly deliveryId: number;
  readonly kind: string;
}

/** A queue in memory, and how often each waiter looked into it. */
class Scene {
  readonly waiters = new ClaimWaiters();
  readonly items: Item[] = [];
  readonly looks: number[] = [];

  /** Starts a waiter that takes one item of its kinds. */
  start(kinds?: readonly string[], signal = new AbortController().signal): Promise<readonly Item[]> {
    const waiter = this.looks.push(0) - 1;
    return this.waiters.lookOrWait(['q'], { timeoutMs: 30_000, signal, isPicky: kinds !== undefined }, async () => {
      this.looks[waiter]! += 1;
      const at = this.items.findIndex(({ kind }) => kinds?.includes(kind) ?? true);
      return at < 0 ? [] : this.items.splice(at, 1);
    });
  }

  add(...items: Item[]): void {
    this.items.push(...items);
    for (const { deliveryId } of items) this.waiters.wake('q', deliveryId);
  }

  /** Everything that was woken has looked. */
  async rest(): Promise<void> {
    await new Promise(setImmediate);
    this.looks.fill(0);
  }
}

const item = (deliveryId: number, kind = 'task'): Item => ({ deliveryId, kind });

const crowds = {
  'of many waiters only one looks when a delivery comes': undefined,
  'of many waiters that take the same kind only one looks when one of that kind comes': ['task'],
};

for (const [sentence, kinds] of Object.entries(crowds)) {
  test(sentence, async () => {
    const scene = new Scene();
    const waiting = Array.from({ length: 50 }, () => scene.start(kinds));
    await scene.rest();
    scene.add(item(1));
    assert.deepEqual(await waiting[0], [item(1)]);
    await new Promise(setImmediate);
    assert.deepEqual(scene.looks, [1, ...Array(49).fill(0)]);
    scene.waiters.stop();
    await Promise.all(waiting);
  });
}

test('a delivery that nobody takes is looked for once by each who might, and then left', async () => {
  const scene = new Scene();
  const waiting = [['alarm'], ['news'], ['alarm']].map((kinds) => scene.start(kinds));
  await scene.rest();
  scene.add(item(1));
  await new Promise(setImmediate);
  assert.deepEqual(scene.looks, [1, 1, 1]);
  scene.add(item(2, 'news'));
  assert.deepEqual(await waiting[1], [item(2, 'news')]);
  scene.waiters.stop();
  await Promise.all(waiting);
  assert.deepEqual(scene.items, [item(1)]);
});

test('one that takes another than it was called for lets the next look', async () => {
  const scene = new Scene();
  const alarms = scene.start(['alarm']);
  const news = scene.start(['news']);
  const tasks = scene.start(['task']);
  await scene.rest();
  scene.add(item(1, 'task'), item(2, 'alarm'));
  assert.deepEqual(await alarms, [item(2, 'alarm')], 'which it was not called for');
  assert.deepEqual(await tasks, [item(1, 'task')]);
  scene.waiters.stop();
  assert.deepEqual(await news, []);
});

test('one that goes away when it was called lets the next look', async () => {
  const scene = new Scene();
  const gone = new AbortController();
  const first = scene.start(['alarm'], gone.signal);
  const second = scene.start();
  await scene.rest();
  scene.add(item(1));
  gone.abort();
  assert.deepEqual(await first, []);
  assert.deepEqual(await second, [item(1)]);
});

test('a delivery that comes while somebody looks for the first time is not missed', async () => {
  const waiters = new ClaimWaiters();
  let looks = 0;
  const found = await waiters.lookOrWait(
    ['q'],
    { timeoutMs: 30_000, signal: new AbortController().signal },
    async () => {
      if (++looks > 1) return [item(1)];
      waiters.wake('q', 1);
      return [];
    },
  );
  assert.deepEqual([found, looks], [[item(1)], 2]);
});

test('who stops waiting for a delivery that it has taken calls nobody for it', async () => {
  const scene = new Scene();
  const { waiters } = scene;
  const second = scene.start();
  await scene.rest();
  const { signal } = new AbortController();
  const third = waiters.lookOrWait(['other'], { timeoutMs: 30_000, signal }, async () => {
    waiters.wake('other', 7);
    return [item(7)];
  });
  assert.deepEqual(await third, [item(7)]);
  await new Promise(setImmediate);
  assert.deepEqual(scene.looks, [0]);
  waiters.stop();
  await second;
});
