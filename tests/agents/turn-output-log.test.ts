import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { TurnOutputLog } from '../../src/agents/turn-output.js';
import { turnStore } from '../../src/agents/turn-store.js';
import { EventStore } from '../../src/events/event-store.js';
import { MessageTasks } from '../../src/tasks/message-tasks.js';
import { openTestDatabase } from '../support/test-database.js';
import { FakeClock } from '../support/test-hub.js';

const subject = { turnId: 1, messageId: 2, deliveryId: 3, module: 'Processor', conversationId: 'conv_1' };

async function openLog(t: TestContext, begin: () => Promise<typeof subject> = async () => subject) {
  const { database, folder } = await openTestDatabase(t);
  const clock = new FakeClock();
  const events = new EventStore(database.read, () => {});
  const progress = new MessageTasks(events, { find: () => undefined });
  const log = new TurnOutputLog(begin(), { database, events, clock, progress });
  const kept = async () => {
    const rows = await turnStore.output(database.read, 1, -1);
    return rows.map(({ kind, offset, text }) => [kind, offset, text]);
  };
  return { log, database, folder, clock, kept };
}

test('the first words are written at once, and those that follow are gathered until the turn ends', async (t) => {
  const { log, database, kept } = await openLog(t);
  for (const text of ['one ', 'two ', 'three']) log.add({ kind: 'text', text });
  await database.write(await log.rest());
  const rows = await kept();
  assert.equal(rows.map(([, , text]) => text).join(''), 'one two three');
  assert.ok(rows.length <= 2, 'in at most two pieces');
});

test('words that are said before the turn is on record wait for it', async (t) => {
  let begin = (_: typeof subject): void => {};
  const begun = new Promise<typeof subject>((resolve) => {
    begin = resolve;
  });
  const { log, database, kept } = await openLog(t, () => begun);
  log.add({ kind: 'text', text: 'early' });
  assert.deepEqual(await kept(), []);
  begin(subject);
  await database.write(await log.rest());
  assert.deepEqual(await kept(), [['text', 0, 'early']]);
});

test('a turn that cannot be put on record loses its words with it', async (t) => {
  const { log, kept } = await openLog(t, async () => {
    throw new Error('the disk is full');
  });
  log.add({ kind: 'text', text: 'lost' });
  await assert.rejects(log.rest(), /the disk is full/);
  assert.deepEqual(await kept(), []);
});

test('words that come right before the end are one transaction with it', async (t) => {
  const { log, database, kept } = await openLog(t);
  log.add({ kind: 'text', text: 'first' });
  const before = database.statements().find(({ name }) => name === 'commit')?.count ?? 0;
  await database.write(await log.rest());
  assert.deepEqual(await kept(), [['text', 0, 'first']]);
  assert.equal(database.statements().find(({ name }) => name === 'commit')?.count, before + 1);
});

test('where words could not be written, the turn cannot end as if they were', async (t) => {
  const { log, database, kept } = await openLog(t, async () => ({ ...subject, turnId: Number.NaN }));
  log.add({ kind: 'text', text: 'lost' });
  await new Promise(setImmediate);
  log.add({ kind: 'text', text: 'and this' });
  await assert.rejects(database.write(await log.rest()), /./);
  assert.deepEqual(await kept(), []);
});

test('a transaction that is run twice writes the same pieces at the same offsets', async (t) => {
  const { log, database, kept } = await openLog(t);
  const write = async () => {
    const rest = await log.rest();
    await assert.rejects(
      database.write(async (tx) => {
        await rest(tx);
        throw new Error('undone');
      }),
      /undone/,
    );
    await database.write(rest);
  };
  log.add({ kind: 'thinking', text: 'hm' });
  log.add({ kind: 'text', text: 'yes' });
  await write();
  assert.deepEqual(await kept(), [
    ['thinking', 0, 'hm'],
    ['text', 2, 'yes'],
  ]);
});

test('a piece does not grow without end', async (t) => {
  const { log, database, kept } = await openLog(t);
  const chunk = 'x'.repeat(16 * 1024);
  for (let i = 0; i < 10; i++) log.add({ kind: 'text', text: chunk });
  await database.write(await log.rest());
  const lengths = (await kept()).map(([, , text]) => String(text).length);
  assert.ok(Math.max(...lengths) <= 48 * 1024);
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    160 * 1024,
  );
});

test('the instant of the first words is kept, and what is no part of the answer does not count', async (t) => {
  const { log, clock } = await openLog(t);
  log.add({ kind: 'session', sessionId: 's', model: 'm', tools: [] });
  log.add({ kind: 'api_retry', attempt: 1, maxRetries: 10, retryDelayMs: 500, status: 529 });
  assert.equal(log.firstTokenAt, undefined);
  clock.advance(50);
  const then = clock.now();
  log.add({ kind: 'text', text: 'first' });
  clock.advance(50);
  log.add({ kind: 'text', text: 'second' });
  assert.equal(log.firstTokenAt, then);
  await log.rest();
});
