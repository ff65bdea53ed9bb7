import assert from 'node:assert/strict';
import { on } from 'node:events';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { CommitSignal } from '../../src/db/postgres/commit-signal.js';
import { type Cable, cableTo } from '../support/cable.js';
import { postgresUrlFor, releaseDatabase } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';

// A connection that is dead without a word: no answer, no reset.

const NAME = 'a hub far away';
/** It looks because of what it hears, or never. */
const limits = { answerMs: 300, checkEveryMs: 50, lookEveryMs: 3_600_000 };

interface Scene {
  readonly cable: Cable;
  /** Of a hub at the end of the cable, which has looked once, after it had connected. */
  readonly signal: CommitSignal;
  readonly looks: () => number;
  /** Somebody beside it. */
  readonly other: pg.Client;
  /** Whether the server still has its connection. */
  readonly isConnected: () => Promise<boolean>;
}

const openScene = async (t: TestContext): Promise<Scene> => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  const cable = await cableTo(t, url);
  const other = new pg.Client(url);
  await other.connect();
  t.after(() => other.end());
  let looks = 0;
  const signal = new CommitSignal({
    options: { connectionString: cable.url, connectionTimeoutMillis: 300, application_name: NAME },
    isNotified: true,
    origin: 'here',
    limits,
    onNews: async () => void looks++,
  });
  signal.start();
  t.after(() => signal.stop());
  await eventually(() => looks > 0);
  const isConnected = async (): Promise<boolean> => {
    const ask = 'select from pg_stat_activity where datname = current_database() and application_name = $1';
    return (await other.query(ask, [NAME])).rowCount !== 0;
  };
  return { cable, signal, looks: () => looks, other, isConnected };
};

test('who only listens notices that nothing can come any more, connects anew, looks, and hears again', async (t) => {
  const { cable, looks, other, isConnected } = await openScene(t);
  const seen = looks();
  cable.cut();
  await eventually(async () => !(await isConnected()));
  cable.mend();
  await eventually(() => looks() > seen);
  const afterReturn = looks();
  await other.query(`select pg_notify('granger_commits', 'there')`);
  await eventually(() => looks() > afterReturn);
});

test('a notification that is never answered holds up none of those that follow', async (t) => {
  const { cable, signal, other } = await openScene(t);
  await other.query('listen granger_commits');
  const heard = on(other, 'notification');
  cable.cutAnswers();
  signal.announce();
  await heard.next();
  signal.announce();
  cable.mend();
  const [again] = (await heard.next()).value;
  assert.equal(again.payload, 'here');
});

test('a stop waits for no answer', async (t) => {
  const { cable, signal } = await openScene(t);
  cable.cut();
  await signal.stop();
});
