import type pg from 'pg';
import type { Database, Durability } from '../database.js';
import { StatementProfile } from '../statement-profile.js';
import { WriteGroup } from '../write-group.js';
import { CommitFollower } from './commit-follower.js';
import { CommitSignal } from './commit-signal.js';
import { KeyRanges } from './key-ranges.js';
import { PostgresHandle } from './postgres-handle.js';
import { openPool, readSessions, types } from './postgres-pool.js';
import { problemOf } from './postgres-problem.js';
import { PostgresWriteConnection } from './postgres-write-connection.js';
import { checkServer } from './server-check.js';
import { requestLimits, type TimeLimits } from './time-limits.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly durability: Durability;
  readonly profile?: StatementProfile;
  /** Where they are others than those of a hub that answers requests. */
  readonly limits?: Partial<TimeLimits>;
  /** False behind a pooler in transaction mode, which knows no LISTEN, and no statement that was prepared on another connection. */
  readonly isNotified?: boolean | undefined;
}

/** At the start nobody waits for an answer yet. */
const START_MS = 10_000;
/** Reads have their own, so that however many hang, the hub writes on. */
const MOST_READS = 10;
/** The one that writes, and one that looks what others have committed. */
const WRITERS = 2;

/** @throws DatabaseRefused */
export const openPostgres = async ({
  url,
  durability,
  limits: others = {},
  isNotified = true,
  profile = new StatementProfile(),
}: PostgresOptions): Promise<Database> => {
  const limits = { ...requestLimits, ...others };
  const options = {
    connectionString: url,
    connectionTimeoutMillis: limits.connectMs,
    application_name: 'granger-hub',
    types,
  };
  await checkServer({ ...options, connectionTimeoutMillis: START_MS });
  const hasty = { ...options, query_timeout: limits.answerMs, pipeline: true };
  const readers = openPool({ ...hasty, max: MOST_READS });
  const writers = openPool({ ...hasty, max: WRITERS });
  // Migrations take as long as they take.
  const owners = openPool({ ...options, max: 1 });
  const keys = new KeyRanges();
  const follower = new CommitFollower(keys);
  const onCommit = (): void => signal.announce();
  const explain = async (text: string, values: readonly unknown[]): Promise<readonly string[]> => {
    const { rows } = await readers.query(`explain ${text}`, [...values]);
    return rows.map((row) => String(row['QUERY PLAN']));
  };
  const handle = { profile, explain, isPreparing: isNotified };
  const onSilence = (problem: unknown): void => group.refuseWaiting(problem);
  const connection = new PostgresWriteConnection({
    pool: writers,
    follower,
    durability,
    limits,
    onCommit,
    onSilence,
    keys,
    handle,
  });
  const group = new WriteGroup(connection, profile);
  const sessions = readSessions(readers, { statementMs: limits.statementMs, isStaying: isNotified });
  const read = new PostgresHandle(sessions, handle);
  const ask = (pool: pg.Pool, text: string): Promise<pg.QueryResult> =>
    pool.query(text).catch((error: unknown) => {
      throw problemOf(error);
    });
  const source = { query: (text: string) => ask(writers, text), handle: read };
  const learnUnderLock = (): Promise<void> => group.write(() => {});
  const catchUp = inTurn(async () => {
    if (!(await follower.catchUp(source))) await learnUnderLock();
  });
  const signal = new CommitSignal({ options, isNotified, origin: follower.origin, onNews: catchUp });
  const end = async (): Promise<void> => {
    await group.drain();
    await signal.stop();
    await catchUp().catch(() => {});
    await Promise.all([readers, writers, owners].map((pool) => pool.end()));
  };
  let closing: Promise<void> | undefined;
  return {
    read,
    owner: new PostgresHandle(() => owners.connect(), handle),
    write: (work) => group.write(work),
    writeEarly: (work) => group.writeEarly(work),
    durable: () => group.durable(),
    writeEach: (bulk, item) => group.writeEach(bulk, item),
    join: (nodeId) => {
      read.nodeId = nodeId;
      connection.handle.nodeId = nodeId;
    },
    follow: async (memory) => {
      follower.follow(memory);
      await learnUnderLock();
      signal.start();
    },
    catchUp,
    failure: undefined,
    sizeBytes: async () => {
      const { rows } = await ask(readers, 'select pg_database_size(current_database()) as size');
      return rows[0].size as number;
    },
    statements: () => profile.times(),
    close: () => {
      closing ??= end();
      return closing;
    },
  };
};

/** One run at a time; who asks while one is under way gets the next, which begins after he asked, together with all who ask meanwhile. */
const inTurn = (run: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
};
