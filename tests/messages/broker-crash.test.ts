import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { BrokerLoad } from '../support/broker-load.js';
import { CRASH_KEY, spawnBuiltHub } from '../support/broker-process.js';
import { hubProgram } from '../support/compiled-hub.js';
import { eventually } from '../support/eventually.js';
import { makeFolder } from '../support/test-hub.js';

const KILLS_UNDER_LOAD = 20;
const KILLS_AT_START = 4;
/** A kill goes with what gets done, not with the clock: a busy machine does less in the same time. */
const MOST_DONE_BEFORE_KILL = 60;
const LONGEST_PAUSE_MS = 20;
const LONGEST_START_MS = 700;

const key = CRASH_KEY;

test('a hub that is killed again and again loses nothing that it acknowledged, and delivers nothing again that is completed', async (t) => {
  const program = await hubProgram();
  const folder = await makeFolder(t);
  const load = new BrokerLoad();
  const start = () => spawnBuiltHub(t, { program, folder });
  for (let kill = 0; kill < KILLS_UNDER_LOAD; kill++) {
    const hub = start();
    const url = (await hub.url)!;
    if (kill === 0) await load.prepare({ url, key });
    const loaded = load.runUntilGone({ url, key });
    const goal = done(load) + Math.random() * MOST_DONE_BEFORE_KILL;
    await eventually(() => done(load) >= goal);
    await pause(Math.random() * LONGEST_PAUSE_MS);
    await hub.kill();
    await loaded;
    checkImage(folder, load);
  }
  for (let kill = 0; kill < KILLS_AT_START; kill++) {
    const hub = start();
    await pause(Math.random() * LONGEST_START_MS);
    await hub.kill();
    checkImage(folder, load);
  }
  const hub = start();
  await load.finish({ url: (await hub.url)!, key });
  await hub.kill();
  checkImage(folder, load);
  checkEverythingIsDone(folder);
  t.diagnostic(`${load.accepted.size} sends and ${load.completed.size} completions were acknowledged`);
  assert.ok(load.accepted.size > 100 && load.completed.size > 100, 'there was a load');
});

const done = ({ accepted, completed }: BrokerLoad): number => accepted.size + completed.size;

/** What a hub that is started now would find. */
const imageOf = (folder: string) => new Sqlite(join(folder, 'hub.db'), { readonly: true });

const keysOf = (publicIds: ReadonlySet<string>): string =>
  JSON.stringify([...publicIds].map((id) => Number(id.split('_')[1])));

const checkImage = (folder: string, load: BrokerLoad): void => {
  assert.deepEqual(load.wrong, []);
  const image = imageOf(folder);
  try {
    assert.equal(image.pragma('integrity_check', { simple: true }), 'ok');
    const lost = 'select value from json_each(?) where value not in (select message_id from deliveries)';
    assert.deepEqual(image.prepare(lost).all(keysOf(load.accepted)), []);
    const undone = `select value from json_each(?) where value not in (select id from deliveries where state = 'done')`;
    assert.deepEqual(image.prepare(undone).all(keysOf(load.completed)), []);
    assert.deepEqual(image.prepare(halfDone).all(), []);
  } finally {
    image.close();
  }
};

/** A completion, its reply and its event are one: all of them or none. */
const halfDone = `
  with completions as (select delivery_id, count(*) as count from events where type = 'delivery.completed' group by delivery_id),
    replies as (select reply_to, count(*) as count from messages where reply_to is not null group by reply_to)
  select deliveries.id, state, replies.count as replies, completions.count as completions
  from deliveries join messages on messages.id = deliveries.message_id and messages.type = 'task'
  left join replies on replies.reply_to = messages.id
  left join completions on completions.delivery_id = deliveries.id
  where iif(state = 'done', replies.count is not 1 or completions.count is not 1, replies.count > 0 or completions.count > 0)`;

const checkEverythingIsDone = (folder: string): void => {
  const image = imageOf(folder);
  try {
    const open = `select id, state from deliveries where queue = 'Worker' and state <> 'done'`;
    assert.deepEqual(image.prepare(open).all(), []);
    const doubled = `select payload from messages where type = 'task' group by payload having count(*) > 1`;
    assert.deepEqual(image.prepare(doubled).all(), [], 'a send that was repeated with its key is one message');
  } finally {
    image.close();
  }
};
