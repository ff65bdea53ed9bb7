import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PROBATION_MS } from '../../../src/agents/command/command-restart-state.js';
import { CommandRestarts } from '../../../src/agents/command/command-restarts.js';
import { CommandServer } from '../../../src/agents/command/command-server.js';
import type { Module } from '../../../src/modules/module.js';
import { uniqueTag } from '../../support/claude-cli.js';
import { FakeClock, makeFolder } from '../../support/test-hub.js';
import { fixture, heldDelivery } from './start-command.js';

const LONGEST_REST_MS = 60_000;

const moduleOf = (command: readonly string[], revision = 1): Module =>
  ({ name: 'Worker', runtime: { type: 'command', command, concurrency: 3 }, row: { revision } }) as unknown as Module;

/** A server with one module, for which something is due. */
const startServer = (t: TestContext, command: readonly string[]) => {
  const state = { module: moduleOf(command) as Module | undefined, due: 1 };
  const clock = new FakeClock();
  const restarts = new CommandRestarts(clock);
  const server = new CommandServer({
    modules: { find: () => state.module },
    deliveries: { inbox: async () => new Array(state.due) },
    restarts,
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    environment: { PATH: process.env.PATH },
    tagPrefix: uniqueTag(),
  });
  t.after(() => server.stop());
  let resolve = () => {};
  server.onRoom(() => resolve());
  /** Does something, and waits until the server has seen a program end. */
  const untilEnd = async <T>(act: () => Promise<T>): Promise<T> => {
    const ended = new Promise<void>((done) => {
      resolve = done;
    });
    const result = await act();
    await ended;
    return result;
  };
  const room = async () => await server.makeRoom(state.module ?? moduleOf(command));
  return { server, state, clock, restarts, room, untilEnd };
};

const startsIn = async (file: string) => (await readFile(file, 'utf8')).split('\n').length - 1;

test('nothing is started while nothing is due', async (t) => {
  const file = join(await makeFolder(t), 'starts');
  const { state, room } = startServer(t, fixture('ends-at-once', file));
  state.due = 0;
  assert.equal(await room(), 0);
  await assert.rejects(startsIn(file), { code: 'ENOENT' });
});

test('a program that ends as soon as it is started is started again and again, and given nothing after the first time', async (t) => {
  const file = join(await makeFolder(t), 'starts');
  const { clock, restarts, room, untilEnd } = startServer(t, fixture('ends-at-once', file));
  assert.equal(await untilEnd(room), 3);
  for (const starts of [2, 3, 4]) {
    assert.equal(await room(), 0);
    clock.advance(LONGEST_REST_MS);
    assert.equal(await untilEnd(room), 0);
    assert.equal(await startsIn(file), starts);
  }
  assert.equal(restarts.isFailing('Worker'), true);
});

test('while a program rests it is not started', async (t) => {
  const file = join(await makeFolder(t), 'starts');
  const { clock, room, untilEnd } = startServer(t, fixture('ends-at-once', file));
  await untilEnd(room);
  clock.advance(100);
  assert.equal(await room(), 0);
  assert.equal(await startsIn(file), 1);
});

test('after a failed start a program is given work when it has lived for a while', async (t) => {
  const file = join(await makeFolder(t), 'started');
  const { server, clock, restarts, room, untilEnd } = startServer(t, fixture('starts-at-second', file));
  await untilEnd(room);
  clock.advance(LONGEST_REST_MS);
  assert.equal(await room(), 0);
  clock.advance(PROBATION_MS);
  assert.equal(await room(), 3);
  assert.equal((await server.serve(heldDelivery(1))).kind, 'completed');
  assert.equal(restarts.isFailing('Worker'), false);
});

test('a program that crashes after it has answered rests, and is then given work at once', async (t) => {
  const { server, clock, room, untilEnd } = startServer(t, fixture('says-payload'));
  const breach = () => server.serve(heldDelivery(2, 'no JSON'));
  assert.equal(await room(), 3);
  await server.serve(heldDelivery(1, '{"deliveryId":"ID"}'));
  assert.equal((await untilEnd(breach)).kind, 'failed');
  assert.equal(await room(), 0);
  clock.advance(LONGEST_REST_MS);
  assert.equal(await room(), 3);
});

test('a program that cannot be started at all is a failed start', async (t) => {
  const { restarts, room } = startServer(t, ['no\0program']);
  assert.equal(await room(), 0);
  assert.equal(restarts.isFailing('Worker'), true);
});

test('room is what the program has not answered less than its concurrency', async (t) => {
  const { server, room } = startServer(t, fixture('answers-in-pairs'));
  assert.equal(await room(), 3);
  const first = server.serve(heldDelivery(1));
  assert.equal(await room(), 2);
  await Promise.all([first, server.serve(heldDelivery(2))]);
  assert.equal(await room(), 3);
});

test('a program of an older descriptor is given nothing more, finishes what it holds, and makes way', async (t) => {
  const { server, state, room, untilEnd } = startServer(t, fixture('answers-in-pairs'));
  await room();
  const held = [server.serve(heldDelivery(1))];
  state.module = moduleOf(fixture('echoes'), 2);
  server.moduleChanged('Worker');
  assert.equal(await room(), 0);
  held.push(server.serve(heldDelivery(2)));
  const outcomes = await untilEnd(() => Promise.all(held));
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['completed', 'completed'],
  );
  assert.equal(await room(), 3);
});

test('the program of a module that is gone is stopped at once', async (t) => {
  const { server, state, room, untilEnd } = startServer(t, fixture('never-answers'));
  await room();
  const outcome = server.serve(heldDelivery(1));
  state.module = undefined;
  await untilEnd(async () => server.moduleChanged('Worker'));
  assert.deepEqual(await outcome, { kind: 'released' });
});

test('a changed descriptor is a new beginning after failed starts', async (t) => {
  const file = join(await makeFolder(t), 'starts');
  const { server, state, room, untilEnd } = startServer(t, fixture('ends-at-once', file));
  await untilEnd(room);
  state.module = moduleOf(fixture('echoes'), 2);
  server.moduleChanged('Worker');
  assert.equal(await room(), 3);
});

test('where no program runs, a delivery goes back untried', async (t) => {
  const { server } = startServer(t, fixture('echoes'));
  assert.deepEqual(await server.serve(heldDelivery(1)), { kind: 'released' });
});
