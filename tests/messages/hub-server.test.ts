import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../src/config.js';
import { buildParts } from '../../src/hub-parts.js';
import type { HeldDelivery, ServedOutcome } from '../../src/messages/held-delivery.js';
import { HubServer, type HubService } from '../../src/messages/hub-server.js';
import type { NewMessage } from '../../src/messages/message-schema.js';
import { eventually } from '../support/eventually.js';
import { connectBeside, openTestDatabase } from '../support/test-database.js';
import { FakeClock } from '../support/test-hub.js';

interface Work {
  readonly held: HeldDelivery;
  end(outcome: ServedOutcome): void;
}

/** Holds each delivery until the test ends it, or its end is asked for. */
class HeldService implements HubService {
  readonly works: Work[] = [];
  readonly changed: string[] = [];
  room = 10;
  isStopped = false;
  look = () => {};

  serves({ name }: { name: string }): boolean {
    return name.startsWith('Worker');
  }

  makeRoom(_module: { name: string }, held: number): number {
    return this.room - held;
  }

  serve(held: HeldDelivery): Promise<ServedOutcome> {
    return new Promise((resolve) => {
      this.works.push({ held, end: resolve });
      held.signal.addEventListener('abort', () => resolve({ kind: 'released' }));
    });
  }

  onRoom(look: () => void): void {
    this.look = look;
  }

  moduleChanged(name: string): void {
    this.changed.push(name);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }

  /** When so many have come in all. */
  async came(count: number): Promise<Work> {
    await eventually(() => this.works.length >= count);
    return this.works[count - 1]!;
  }
}

const errors: object[] = [];
const logger = { debug() {}, info() {}, warn() {}, error: (details: object) => void errors.push(details) };

/** The broker of a hub with modules Producer, WorkerA and WorkerB, and a server for the workers; stopped with the test. */
const startServer = async (t: TestContext, service = new HeldService()) => {
  errors.length = 0;
  const { database, folder } = await openTestDatabase(t);
  const clock = new FakeClock();
  const config = loadConfig({ GRANGER_DATA: folder });
  const identity = { databaseId: 'test', epoch: 'test', isRestored: false };
  const parts = buildParts({ config, database, clock, logger, ...identity, adminKey: 'not-used-anywhere' });
  await parts.feed.open(parts.events);
  for (const name of ['Producer', 'WorkerA', 'WorkerB'])
    await parts.moduleService.register(name, {}, { source: 'api' });
  const server = new HubServer(service, { ...parts, waiters: parts.claimWaiters });
  server.start();
  t.after(async () => {
    await server.stop(0);
    await parts.delayed.stop();
  });
  const send = async (message: NewMessage = {}) =>
    (await parts.messages.send({ ...('channel' in message ? {} : { to: 'WorkerA' }), ...message }, 'Producer')).message
      .id;
  const stateOf = async (id: number) => {
    const [row] = await parts.messages.deliveriesOf(id);
    return [row?.state, row?.attempt];
  };
  const until = (id: number, state: string) => eventually(async () => (await stateOf(id))[0] === state);
  return { ...parts, folder, clock, server, service, send, stateOf, until };
};

test('what waits for a module is claimed, worked on and completed, with its reply', async (t) => {
  const { service, server, messages, send, until } = await startServer(t);
  const id = await send();
  const work = await service.came(1);
  assert.deepEqual([work.held.module.name, server.held.length], ['WorkerA', 1]);
  work.end({ kind: 'completed', reply: { payload: 7 } });
  await until(id, 'done');
  assert.equal((await messages.replyTo(id))?.payload, '7');
  await eventually(async () => server.held.length === 0);
});

test('what came before the server started is found', async (t) => {
  const first = await startServer(t);
  await first.server.stop(0);
  const id = await first.send();
  const service = new HeldService();
  const server = new HubServer(service, { ...first, waiters: first.claimWaiters });
  server.start();
  assert.equal((await service.came(1)).held.claimed.message.id, id);
  await server.stop(0);
});

test('what comes by a channel of the module is claimed too', async (t) => {
  const { service, channelService, send } = await startServer(t);
  await channelService.subscribe('general', 'WorkerB');
  const id = await send({ channel: 'general' });
  const { held } = await service.came(1);
  assert.deepEqual([held.module.name, held.claimed.message.id], ['WorkerB', id]);
});

test('a failure is a failure of the delivery, retried or not as it says', async (t) => {
  const { service, send, stateOf, until } = await startServer(t);
  const error = { code: 'no_luck', message: 'Out of luck.' };
  const again = await send();
  (await service.came(1)).end({ kind: 'failed', error, isRetryable: true, delaySeconds: 60 });
  await until(again, 'pending');
  const final = await send();
  (await service.came(2)).end({ kind: 'failed', error, isRetryable: false });
  await until(final, 'dead');
  assert.deepEqual(await stateOf(again), ['pending', 1]);
});

test('work that throws fails the delivery, and the server goes on', async (t) => {
  const service = new HeldService();
  service.serve = async () => {
    throw new Error('a mistake');
  };
  const { send, until, messages } = await startServer(t, service);
  const id = await send({ maxAttempts: 1 });
  await until(id, 'dead');
  const [row] = await messages.deliveriesOf(id);
  assert.deepEqual(JSON.parse(row?.error ?? ''), { code: 'internal', message: 'a mistake' });
  assert.equal(errors.length, 1);
});

test('no more is claimed than there is room for, and the rest when there is', async (t) => {
  const { service, send, depths, until } = await startServer(t);
  service.room = 2;
  const ids = [await send(), await send(), await send()];
  await service.came(2);
  assert.deepEqual([depths.of('WorkerA').pending, depths.of('WorkerA').leased], [1, 2]);
  service.works[0]?.end({ kind: 'completed' });
  await service.came(3);
  await until(ids[0]!, 'done');
});

test('modules take turns where there is room for one delivery only', async (t) => {
  const { service, server, send } = await startServer(t);
  service.room = 0;
  for (const to of ['WorkerA', 'WorkerA', 'WorkerB', 'WorkerB']) await send({ to });
  service.makeRoom = () => 1 - server.held.length;
  service.look();
  const served: string[] = [];
  for (const count of [1, 2, 3, 4]) {
    const { held, end } = await service.came(count);
    served.push(held.module.name);
    end({ kind: 'completed' });
  }
  assert.deepEqual(served, ['WorkerA', 'WorkerB', 'WorkerA', 'WorkerB']);
});

test('a module for which nothing can be claimed does not hold up the others', async (t) => {
  const { service, send } = await startServer(t);
  service.makeRoom = (module) => {
    if (module.name === 'WorkerA') throw new Error('a mistake');
    return 1;
  };
  for (const to of ['WorkerA', 'WorkerB']) await send({ to });
  assert.equal((await service.came(1)).held.module.name, 'WorkerB');
});

test('the lease is held while the work goes on, for as long as it takes', async (t) => {
  const { service, server, clock, rescue, send, stateOf, until } = await startServer(t);
  const id = await send();
  const { end } = await service.came(1);
  for (let minutes = 0; minutes < 5; minutes++) {
    clock.advance(50_000);
    await server.extendHeld();
    assert.equal(await rescue.rescue(clock.now()), 0);
  }
  assert.deepEqual(await stateOf(id), ['leased', 1]);
  end({ kind: 'completed' });
  await until(id, 'done');
});

test('work whose lease is lost is ended, and says nothing of the delivery', async (t) => {
  const { service, server, clock, rescue, send, stateOf } = await startServer(t);
  const id = await send();
  const { held } = await service.came(1);
  service.room = 0;
  clock.advance(61_000);
  await rescue.rescue(clock.now());
  await server.extendHeld();
  assert.equal(held.endedBy, 'lease_lost');
  assert.deepEqual(await stateOf(id), ['pending', 1]);
});

test('work on a message that is cancelled is ended', async (t) => {
  const { service, server, messages, send, stateOf } = await startServer(t);
  const id = await send();
  const { held } = await service.came(1);
  await messages.cancel(id);
  await eventually(() => server.held.length === 0);
  assert.equal(held.endedBy, 'cancelled');
  assert.deepEqual(await stateOf(id), ['cancelled', 1]);
});

test('work that ends when somebody has cancelled it does no harm', async (t) => {
  const { service, server, messages, send, stateOf } = await startServer(t);
  const id = await send();
  const work = await service.came(1);
  const cancelled = messages.cancel(id);
  work.end({ kind: 'completed', reply: { payload: 1 } });
  await cancelled;
  await eventually(() => server.held.length === 0);
  assert.equal((await stateOf(id))[0], 'cancelled');
  assert.equal(await messages.replyTo(id), undefined);
  assert.deepEqual(errors, []);
});

test('a module that is removed or described anew is told of, and one that is removed ends its work', async (t) => {
  const { service, server, moduleService, send } = await startServer(t);
  await send();
  const { held } = await service.came(1);
  await moduleService.register('WorkerB', { description: 'new' }, { source: 'api' });
  await moduleService.remove('WorkerA', true);
  await eventually(() => service.changed.includes('WorkerA') && server.held.length === 0);
  assert.ok(service.changed.includes('WorkerB'));
  assert.equal(held.endedBy, 'cancelled');
});

test('a server that stops takes nothing more and lets the work end', async (t) => {
  const { service, server, send, stateOf } = await startServer(t);
  const id = await send();
  const { end } = await service.came(1);
  const stopped = server.stop(60_000);
  const late = await send();
  end({ kind: 'completed' });
  await stopped;
  assert.deepEqual(await stateOf(id), ['done', 1]);
  assert.deepEqual(await stateOf(late), ['pending', 0]);
  assert.equal(service.isStopped, true);
});

test('a server that stops gives back untried what does not end in time', async (t) => {
  const { service, server, send, stateOf } = await startServer(t);
  const id = await send();
  const { held } = await service.came(1);
  await server.stop(0);
  assert.equal(held.endedBy, 'draining');
  assert.deepEqual(await stateOf(id), ['pending', 0]);
});

test('a cancellation that could not be read ends the work as soon as it can be', async (t) => {
  const { folder, feed, events, service, send } = await startServer(t);
  await send();
  const { held } = await service.came(1);
  const beside = connectBeside(t, folder);
  // As another hub writes it, of whose events too many came to be told one by one.
  const insert = "insert into events (type, at, delivery_id, data) values ('delivery.cancelled', 0, ?, '{}')";
  beside.prepare(insert).run(held.claimed.deliveryId);
  await feed.open(events);
  beside.exec('alter table events rename to events_away');
  await eventually(() => errors.length > 0);
  assert.equal(held.signal.aborted, false);
  beside.exec('alter table events_away rename to events');
  await once(held.signal, 'abort');
});
