import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTagged } from '../../../src/agents/leftovers.js';
import { eventually } from '../../support/eventually.js';
import { fixture, heldDelivery, startCommand } from './start-command.js';

const released = { kind: 'released' };

test('a delivery is answered with a line, one after the other by the same process', async (t) => {
  const { process } = startCommand(t, 'echoes');
  for (const n of [1, 2]) {
    const outcome = await process.ask(heldDelivery(n, { n }));
    assert.deepEqual(outcome, { kind: 'completed', reply: { payload: { echo: { n } }, type: 'echo' } });
  }
  assert.deepEqual([process.hasAnswered, process.holding, process.isTaking], [true, 0, true]);
});

test('answers may come in any order', async (t) => {
  const { process } = startCommand(t, 'answers-in-pairs');
  const outcomes = await Promise.all([process.ask(heldDelivery(1, 'one')), process.ask(heldDelivery(2, 'two'))]);
  const echoes = outcomes.map((outcome) => outcome.kind === 'completed' && outcome.reply?.payload);
  assert.deepEqual(
    echoes.map((payload) => (payload as { echo: string }).echo),
    ['one', 'two'],
  );
});

const breaches: readonly (readonly [string, string, RegExp])[] = [
  ['is not JSON', 'hello', /broke the protocol: .*JSON/],
  ['names a delivery that it does not hold', '{"deliveryId":"dlv_99"}', /It holds no delivery "dlv_99"/],
  ['answers twice', '{"deliveryId":"ID"}\n{"deliveryId":"ID"}', /It holds no delivery "dlv_1"/],
  ['has an unknown field', '{"deliveryId":"ID","repy":{}}', /\/repy is not a known field/],
  ['is longer than 1 MiB', 'x'.repeat(1024 * 1024 + 1), /longer than 1048576 bytes/],
];

for (const [what, line, says] of breaches) {
  test(`a line that ${what} is logged and ends the process`, async (t) => {
    const { process, logged, tag } = startCommand(t, 'says-payload');
    const held = [process.ask(heldDelivery(1, line)), process.ask(heldDelivery(2, ''))];
    const end = await process.exited;
    assert.equal(end?.code, 'agent_protocol_error');
    assert.match(end?.message ?? '', says);
    const second = await held[1];
    assert.deepEqual(second, { kind: 'failed', error: end, isRetryable: true });
    assert.deepEqual(
      logged.filter(({ level }) => level === 'warn').map(({ message }) => message),
      [end?.message],
    );
    await process.stop();
    assert.deepEqual((await findTagged((found) => found === tag)).processes, []);
    assert.deepEqual(await process.ask(heldDelivery(3)), released);
  });
}

test('a program that ends with deliveries fails them, with what it said last', async (t) => {
  const { process, logged } = startCommand(t, 'crashes-at-first');
  const error = { code: 'agent_crashed', message: 'The agent exited with code 3: out of luck' };
  assert.deepEqual(await process.ask(heldDelivery(1)), { kind: 'failed', error, isRetryable: true });
  assert.deepEqual(await process.exited, error);
  assert.deepEqual(
    logged.map(({ details }) => [details.module, details.stderr]),
    [
      ['Worker', 'looking for luck'],
      ['Worker', 'out of luck'],
    ],
  );
});

test('a program that ends with nothing to do has ended in order', async (t) => {
  const { process } = startCommand(t, 'ends-after-each');
  assert.equal((await process.ask(heldDelivery(1))).kind, 'completed');
  assert.equal(await process.exited, undefined);
  assert.deepEqual(await process.ask(heldDelivery(2)), released);
});

test('a program that is not there, or whose folder is not, takes nothing and says so', async (t) => {
  const missing = startCommand(t, 'echoes', { command: ['no-such-program'] }).process;
  const folderless = startCommand(t, 'echoes', { cwd: '/no/such/folder' }).process;
  assert.deepEqual([missing.isTaking, await missing.ask(heldDelivery(1))], [false, released]);
  assert.deepEqual(await missing.exited, {
    code: 'agent_not_installed',
    message: 'no-such-program is not installed.',
  });
  assert.equal((await folderless.exited)?.code, 'agent_cwd_missing');
});

test('a delivery that is not answered in time fails, and the process with it; others go back untried', async (t) => {
  const { process } = startCommand(t, 'never-answers', { timeoutSeconds: 0.2 });
  const [first, second] = [process.ask(heldDelivery(1)), process.ask(heldDelivery(2))];
  const error = { code: 'agent_timed_out', message: 'The agent did not answer dlv_1 within 0.2 s.' };
  assert.deepEqual(await first, { kind: 'failed', error, isRetryable: true });
  assert.deepEqual(await second, released);
  assert.deepEqual(await process.exited, error);
});

test('who does not want an answer any more is free at once, and the late answer does no harm', async (t) => {
  const { process } = startCommand(t, 'answers-in-pairs');
  const cancelled = heldDelivery(1);
  const outcome = process.ask(cancelled);
  cancelled.end('cancelled');
  assert.deepEqual(await outcome, released);
  assert.deepEqual([process.holding, process.isWanted], [1, false]);
  assert.equal((await process.ask(heldDelivery(2))).kind, 'completed');
  await eventually(() => process.holding === 0);
  assert.equal(process.isTaking, true);
});

test('a delivery that comes back while the program works on it is not given twice', async (t) => {
  const { process } = startCommand(t, 'answers-in-pairs');
  const first = heldDelivery(1, 'one');
  void process.ask(first);
  first.end('lease_lost');
  const again = process.ask(heldDelivery(1, 'one'));
  assert.equal(process.holding, 1);
  await process.ask(heldDelivery(2));
  assert.equal((await again).kind, 'completed');
});

test('a program that is stopped gives back untried what it holds', async (t) => {
  const { process } = startCommand(t, 'never-answers');
  const outcome = process.ask(heldDelivery(1));
  await process.stop();
  assert.deepEqual(await outcome, released);
  assert.equal((await process.exited)?.code, 'agent_stopped');
});

test('a program that hears nothing is killed, and what it left behind is ended', async (t) => {
  const deaf = startCommand(t, 'hears-nothing', { limits: { closeMs: 50, termMs: 50 } });
  await deaf.process.ask(heldDelivery(1));
  const parent = startCommand(t, 'leaves-a-child');
  await parent.process.ask(heldDelivery(1));
  const tags = [deaf.tag, parent.tag];
  const running = async () => (await findTagged((tag) => tags.includes(tag))).processes.length;
  await eventually(async () => (await running()) === 3);
  await Promise.all([deaf.process.stop(), parent.process.stop()]);
  assert.equal(await running(), 0);
});

test('stderr is logged line by line', async (t) => {
  const { process, logged } = startCommand(t, 'chatters');
  await process.ask(heldDelivery(1, 'one\ntwo\nthree'));
  await process.stop();
  assert.deepEqual(
    logged.map(({ details }) => details.stderr),
    ['one', 'two', 'three'],
  );
});

test('arguments are given as they are: no shell reads them', async (t) => {
  const { process } = startCommand(t, 'tells-itself', { command: fixture('tells-itself', '$HOME; exit', '*') });
  const outcome = await process.ask(heldDelivery(1));
  const facts = (outcome.kind === 'completed' ? outcome.reply?.payload : undefined) as { arguments: string[] };
  assert.deepEqual(facts.arguments, ['$HOME; exit', '*']);
});
