import type { Awaitable } from '../lib/awaitable.js';
import type { HubError } from '../lib/errors.js';
import type { BulkWork, Work } from './asked-work.js';
import type { Memory } from './memory.js';
import type { Handle } from './statement.js';
import type { StatementTimes } from './statement-profile.js';

/** `full`: a commit is on the disk. `normal`: it survives the process, not a power cut. */
export type Durability = 'full' | 'normal';

export interface Database {
  /** Reads what is committed. Never used inside a write: the work's own transaction sees what the work has written. */
  readonly read: Handle;
  /** Runs `work` in a transaction and resolves when it is durable. See WriteGroup for what a work may do. */
  write<T>(work: Work<T>): Promise<T>;
  /** The same, but resolves when it is committed: for what the hub itself goes on with, and tells nobody before something later is durable. */
  writeEarly<T>(work: Work<T>): Promise<T>;
  /** Has `bulk` do one more item, together with those that others ask for meanwhile. @throws the HubError that refuses the item */
  writeEach<I, O>(bulk: BulkWork<I, O>, item: I): Promise<O>;
  /** Resolves when all that can be read now is durable: before somebody outside is told of it. Undefined where it is. */
  durable(): Promise<void> | undefined;
  /** From now on rows say that this hub wrote them. */
  join(nodeId: number): void;
  /** Loads the memory and from then on keeps it in step with the commits of every hub on the database. Called once. */
  follow(memory: Memory): Promise<void>;
  /** Where other hubs may write too: resolves when memory knows all that was committed before the call. Undefined where nobody else can. */
  readonly catchUp: (() => Promise<void>) | undefined;
  /** A writing connection before there is traffic: for migrations. */
  readonly owner: Pick<Handle, 'kysely'>;
  /** Why nothing more is written until the hub is started again. */
  readonly failure: HubError | undefined;
  sizeBytes(): Awaitable<number>;
  /** What each statement has taken since the hub started, the dearest first. */
  statements(): readonly StatementTimes[];
  close(): Promise<void>;
}
