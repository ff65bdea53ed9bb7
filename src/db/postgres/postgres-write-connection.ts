import type { Duplex } from 'node:stream';
import { type DatabaseError, escapeLiteral, type Pool, type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import type { Durability } from '../database.js';
import type { Notice } from '../memory.js';
import { PartialWork, type WriteConnection } from '../write-group.js';
import { type CommitFollower, noticesText } from './commit-follower.js';
import type { KeyRanges } from './key-ranges.js';
import { SERVER_NOW } from './postgres-dialect.js';
import { PostgresHandle, type PostgresHandleOptions } from './postgres-handle.js';
import { commitUnknown, isAnswer, isHung, problemOf } from './postgres-problem.js';
import { SilenceWatch } from './silence-watch.js';
import type { TimeLimits } from './time-limits.js';

interface WriteConnectionParts {
  readonly pool: Pool;
  readonly follower: CommitFollower;
  readonly durability: Durability;
  readonly limits: TimeLimits;
  /** Something was committed that others must know. */
  onCommit(): void;
  /** The server says nothing. @param problem what to tell whoever waits for it */
  onSilence(problem: unknown): void;
  readonly keys: KeyRanges;
  readonly handle: PostgresHandleOptions;
}

/** One write at a time on a database, whichever hub it is of. The letters "granger" as a number. */
const WRITE_LOCK = '29113321772053874';

/** The wait for other hubs is asked for in rounds, of this part of the silence that is borne: a server that is there says so in each. */
const LOCK_ROUND = 2 / 3;
const LOCK_TIMEOUT = '55P03';

/** What waits to be sent with more. The server may begin with the rest. */
const MOST_HELD_BYTES = 2 * 1024;

/** Who has not looked for so long loads everything anew. */
const KEEP_COMMITS_MS = 600_000;
const PRUNE_EVERY_MS = 30_000;
const prune = `delete from commits where id in (select id from commits order by id limit 50000)
  and at < ${SERVER_NOW} - ${KEEP_COMMITS_MS} and id < (select max(id) from commits)`;

/** One transaction after the other, each on a connection of the pool. */
export class PostgresWriteConnection implements WriteConnection {
  readonly handle: PostgresHandle;
  readonly problemOf = problemOf;
  readonly #pool: Pool;
  readonly #follower: CommitFollower;
  readonly #onCommit: () => void;
  readonly #keys: KeyRanges;
  readonly #begin: string;
  readonly #lockMs: number;
  readonly #watch: SilenceWatch;
  #client: PoolClient | undefined;
  #broken: Error | undefined;
  /** The transaction after the one that is committing. */
  #begun: Promise<QueryResult | readonly QueryResult[]> | undefined;
  #prunedAt = performance.now();

  constructor({ pool, follower, durability, limits, onCommit, onSilence, keys, handle }: WriteConnectionParts) {
    this.#pool = pool;
    this.#follower = follower;
    this.#onCommit = onCommit;
    this.#keys = keys;
    this.#lockMs = limits.lockMs;
    this.#watch = new SilenceWatch(limits.silenceMs, (error) => onSilence(problemOf(error)));
    const roundMs = Math.min(limits.lockMs, Math.ceil(limits.silenceMs * LOCK_ROUND));
    this.#begin = [
      'begin',
      `set local statement_timeout = ${limits.statementMs}`,
      `set local idle_in_transaction_session_timeout = ${limits.pauseMs}`,
      `set local lock_timeout = ${roundMs}`,
      ...(durability === 'full' ? [] : ['set local synchronous_commit = off']),
      `select pg_advisory_xact_lock(${WRITE_LOCK}), set_config('lock_timeout', '${limits.lockMs}', true)`,
      '',
    ].join(';');
    this.handle = new PostgresHandle(
      () => {
        const client = this.#client;
        if (client === undefined) throw new Error('A work used its transaction after its end.');
        return {
          query: (config) => this.#ask(client, config),
          send: (config) => this.#send(client, config),
          release: (broken) => {
            this.#broken ??= broken;
          },
        };
      },
      { ...handle, keys },
    );
  }

  get inTransaction(): boolean {
    return this.#client !== undefined;
  }

  /** Each statement of it sees what was committed before it began: the last one all that was committed before the lock was free. */
  async begin(): Promise<void> {
    this.#watch.start();
    this.#client ??= await this.#connect();
    const news = await this.#lock().catch(this.#mark);
    if (!this.#follower.isFollowing) this.#keys.forget();
    await this.#follower.catchUpLocked({ query: this.#askOne, handle: this.handle }, news.rows);
  }

  async #connect(): Promise<PoolClient> {
    const connecting = this.#pool.connect();
    try {
      return await this.#watch.orSilence(connecting);
    } catch (error) {
      this.#watch.stop();
      const giveBack = (late: PoolClient): void => late.release();
      connecting.then(giveBack, () => undefined);
      throw error;
    }
  }

  async #lock(): Promise<QueryResult> {
    const until = performance.now() + this.#lockMs;
    let asked = this.#begun ?? this.#askToBegin();
    this.#begun = undefined;
    for (;;) {
      try {
        return lastOf(await this.#watch.orSilence(asked));
      } catch (error) {
        if ((error as DatabaseError).code !== LOCK_TIMEOUT || performance.now() >= until) throw error;
        asked = this.#askToBegin('rollback;');
      }
    }
  }

  #askToBegin(before = ''): Promise<QueryResult | readonly QueryResult[]> {
    return this.#askAll(before + this.#begin + this.#follower.query);
  }

  /** What was sent before may have failed: then so does the commit, and nobody but that statement knows why. */
  async commit(notices: readonly Notice[], isMoreComing: boolean): Promise<void> {
    let id: number | undefined;
    this.#follower.commitBegins();
    try {
      id = await this.#commit(notices, isMoreComing);
      this.#keys.saved();
    } catch (error) {
      this.#keys.forget();
      if (isAnswer(error)) await this.settled();
      throw error;
    } finally {
      this.#follower.commitEnds(id);
    }
    if (!isMoreComing) this.#release();
    if (id !== undefined) this.#onCommit();
  }

  /** A transaction in which something failed is rolled back by its commit, and only the name of the command tells. */
  async #commit(notices: readonly Notice[], isMoreComing: boolean): Promise<number | undefined> {
    const asked = this.#askAll(this.#commitText(notices)).catch(this.#unsureWhether);
    // The server goes on with it while the answers of this one are written.
    this.#begun = isMoreComing ? this.#askToBegin() : undefined;
    this.#begun?.catch(() => undefined);
    const results = [await asked].flat();
    if (results.at(-1)?.command !== 'COMMIT') {
      await this.settled();
      throw new Error('The transaction had failed, so it was rolled back.');
    }
    // Committed without something that has failed on this side: not to be done again.
    await this.handle.settled().catch((error: unknown) => {
      throw commitUnknown(error);
    });
    return results.find((result) => result?.command === 'INSERT')?.rows[0]?.id;
  }

  async settled(): Promise<void> {
    if (this.#client !== undefined) letGo(streamOf(this.#client));
    await this.handle.settled().catch((error: unknown) => {
      throw new PartialWork('a statement that nobody waited for has failed', { cause: error });
    });
  }

  /** A connection that cannot even roll back is not used again; the server ends its transaction with it. */
  async rollback(): Promise<void> {
    this.#keys.forget();
    this.#begun = undefined;
    await this.settled().catch(() => undefined);
    try {
      if (this.#broken === undefined) await this.#askAll('rollback');
      this.#release();
    } catch (error) {
      this.#release(error as Error);
    }
  }

  async savepoint(): Promise<void> {
    await this.#askAll('savepoint work');
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.#askAll('rollback to savepoint work');
  }

  async releaseSavepoint(): Promise<void> {
    await this.#askAll('release savepoint work');
  }

  /** What needs no answer waits for the next question, so that the server is woken once for all of it. */
  #send(client: PoolClient, config: QueryConfig): Promise<QueryResult> {
    const stream = streamOf(client);
    stream?.cork();
    const answered = this.#hear(client.query(config));
    if ((stream?.writableLength ?? 0) > MOST_HELD_BYTES) letGo(stream);
    return answered;
  }

  #ask(client: PoolClient, config: QueryConfig): Promise<QueryResult> {
    const answered = this.#hear(client.query(config));
    letGo(streamOf(client));
    return answered;
  }

  async #hear<T>(answered: Promise<T>): Promise<T> {
    try {
      return await answered;
    } finally {
      this.#watch.heard();
    }
  }

  readonly #askOne = (text: string): Promise<QueryResult> => this.#askAll(text).then(lastOf);

  /** @param text of one statement or several */
  async #askAll(text: string): Promise<QueryResult | readonly QueryResult[]> {
    return this.#client === undefined ? [] : await this.#ask(this.#client, { text });
  }

  /** What others must know goes with the commit, in one message to the server. */
  #commitText(notices: readonly Notice[]): string {
    const { saving } = this.#keys;
    const told = saving === undefined ? notices : [...notices, saving.notice];
    if (told.length === 0) return 'commit';
    const values = [escapeLiteral(this.#follower.origin), SERVER_NOW, escapeLiteral(noticesText(told))];
    const insert = `insert into commits (origin, at, notices) values (${values.join(', ')}) returning id`;
    const isTimeToPrune = performance.now() - this.#prunedAt > PRUNE_EVERY_MS;
    if (isTimeToPrune) this.#prunedAt = performance.now();
    return [...(saving === undefined ? [] : [saving.text]), ...(isTimeToPrune ? [prune] : []), insert, 'commit'].join(
      ';',
    );
  }

  /** A connection that does not answer is not asked again. */
  readonly #mark = (error: unknown): never => {
    if (isHung(error)) this.#broken = error as Error;
    throw error;
  };

  readonly #unsureWhether = (error: unknown): never => {
    if (isHung(error)) this.#broken = error as Error;
    throw isAnswer(error) ? error : commitUnknown(error);
  };

  /** pg would say goodbye to a broken one only when all that it was asked is answered. */
  #release(error = this.#broken): void {
    this.#watch.stop();
    if (error !== undefined && this.#client !== undefined) streamOf(this.#client)?.destroy();
    this.#client?.release(error);
    this.#client = undefined;
    this.#broken = undefined;
  }
}

/** The socket, which pg keeps to itself; without it everything goes out at once. */
const streamOf = (client: PoolClient): Duplex | undefined =>
  (client as { connection?: { stream?: Duplex } }).connection?.stream;

const letGo = (stream: Duplex | undefined): void => {
  while (stream !== undefined && stream.writableCorked > 0) stream.uncork();
};

/** Of several statements in one text. */
const lastOf = (results: QueryResult | readonly QueryResult[]): QueryResult => [results].flat().at(-1)!;
