import { randomToken } from '../../lib/random-token.js';
import type { Memory, Notice, Topic } from '../memory.js';
import type { Handle } from '../statement.js';
import type { KeyRanges } from './key-ranges.js';

/** A row of `commits`, as PostgreSQL answers it. */
interface CommitRow {
  readonly id: number;
  readonly origin: string;
  /** JSON: pairs of a topic and its value. */
  readonly notices: string;
}

/** A connection to learn from: plain questions, and the same for the stores. */
export interface CommitSource {
  query(text: string): Promise<{ readonly rows: unknown[] }>;
  readonly handle: Handle;
}

const COMMITS_A_PAGE = 500;

/**
 * Keeps memory in step with the commits of all hubs. Every write takes one lock before it does anything, so commits have one order, that of
 * their rows in `commits`; and who has the lock learns all that are new to it before it looks at anything. Between its own writes a hub
 * learns without the lock: a row that can be seen has none before it that cannot.
 */
export class CommitFollower {
  /** Of this process. */
  readonly origin = randomToken(9);
  readonly #topics = new Map<string, Topic<unknown>>();
  #memory: Memory | undefined;
  #learntTo = 0;
  #mustLoad = false;
  #isCommitting = false;
  readonly #keys: KeyRanges;

  constructor(keys: KeyRanges) {
    this.#keys = keys;
    this.#topics.set(keys.left.name, keys.left as Topic<unknown>);
  }

  /** What others write is heard of. */
  get isFollowing(): boolean {
    return this.#memory !== undefined;
  }

  follow(memory: Memory): void {
    this.#memory = memory;
    for (const each of memory.topics) this.#topics.set(each.name, each);
    this.#mustLoad = true;
  }

  /** Asks for the commits that are new; empty before there is a memory that follows. */
  get query(): string {
    if (this.#memory === undefined) return '';
    return `select id, origin, notices from commits where id > ${this.#learntTo} order by id limit ${COMMITS_A_PAGE}`;
  }

  /** Under the lock. @param rows that its query has answered */
  async catchUpLocked(source: CommitSource, rows: readonly unknown[]): Promise<void> {
    if (this.#memory === undefined) return;
    if (this.#mustLoad || !(await this.#learnAll(source, rows as CommitRow[]))) await this.#load(source);
  }

  /** Without the lock. @returns false where too much is new: all of it is loaded under the lock of the next write */
  async catchUp(source: CommitSource): Promise<boolean> {
    if (this.#memory === undefined || this.#mustLoad) return !this.#mustLoad;
    const { rows } = await source.query(this.query);
    this.#mustLoad = !(await this.#learnAll(source, rows as CommitRow[]));
    return !this.#mustLoad;
  }

  commitBegins(): void {
    this.#isCommitting = true;
  }

  /** @param id of its row; undefined where there is none, or where nobody knows */
  commitEnds(id: number | undefined): void {
    this.#isCommitting = false;
    if (id !== undefined) this.#learntTo = id;
  }

  /** @returns false where rows that would be next are not kept any more */
  async #learnAll(source: CommitSource, firstRows: readonly CommitRow[]): Promise<boolean> {
    let rows = firstRows;
    if (!(await this.#isKept(source, rows[0]))) return false;
    for (;;) {
      this.#learn(rows);
      if (rows.length < COMMITS_A_PAGE) break;
      rows = (await source.query(this.query)).rows as CommitRow[];
    }
    await this.#memory?.readRows(source.handle);
    return true;
  }

  /** The oldest rows go first: while one is kept that was learnt, so is every one after it. */
  async #isKept(source: CommitSource, next: CommitRow | undefined): Promise<boolean> {
    if (next === undefined || next.id <= this.#learntTo + 1) return true;
    const { rows } = await source.query('select min(id) as oldest from commits');
    return (rows[0] as { oldest: number }).oldest <= this.#learntTo + 1;
  }

  /** One of this hub's own whose commit is under way is told by that; one whose commit was never answered is news. */
  #learn(rows: readonly CommitRow[]): void {
    for (const { id, origin, notices } of rows) {
      if (id <= this.#learntTo) continue;
      if (this.#isCommitting && origin === this.origin) return;
      for (const [name, value] of JSON.parse(notices) as [string, unknown][])
        this.#topics.get(name)?.learn(value, 'elsewhere');
      this.#learntTo = id;
    }
  }

  async #load({ query, handle }: CommitSource): Promise<void> {
    const { rows } = await query('select coalesce(max(id), 0) as last from commits');
    this.#keys.forget();
    await this.#memory?.load(handle);
    this.#learntTo = (rows[0] as { last: number }).last;
    this.#mustLoad = false;
  }
}

export const noticesText = (notices: readonly Notice[]): string =>
  JSON.stringify(notices.map(({ topic, value }) => [topic, value]));
