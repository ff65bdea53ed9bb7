import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database as Connection } from 'better-sqlite3';
import { SqliteHandle } from './sqlite-handle.js';
import type { Handle } from './statement.js';
import { type BulkWork, type Work, WriteGroup } from './write-group.js';

export interface Database {
  /** Reads what is committed. Never used inside a write: the work's own transaction sees what the work has written. */
  readonly read: Handle;
  /** Runs `work` in a transaction and resolves when it is durable. See WriteGroup for what a work may do. */
  write<T>(work: Work<T>): Promise<T>;
  /** Has `bulk` do one more item, together with those that others ask for meanwhile. @throws the HubError that refuses the item */
  writeEach<I, O>(bulk: BulkWork<I, O>, item: I): Promise<O>;
  /** The writing connection before there is traffic: for migrations. */
  readonly owner: Handle;
  sizeBytes(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** The hub's data folder; the database is `hub.db` in it. */
  readonly folder: string;
  /** `full`: a commit is on the disk. `normal`: it survives the process, not a power cut. */
  readonly durability: 'full' | 'normal';
}

const open = (file: string, options: { isReader: boolean; durability: string }): Connection => {
  const connection = new Sqlite(file, { readonly: options.isReader });
  if (!options.isReader) {
    chmodSync(file, 0o600);
    connection.pragma('journal_mode = wal');
    connection.pragma(`synchronous = ${options.durability}`);
    connection.pragma('wal_autocheckpoint = 4000');
  }
  connection.pragma('foreign_keys = on');
  connection.pragma('busy_timeout = 5000');
  connection.pragma('cache_size = -32000');
  connection.pragma('temp_store = memory');
  return connection;
};

export const openDatabase = ({ folder, durability }: DatabaseOptions): Database => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'hub.db');
  const writer = open(file, { isReader: false, durability });
  const reader = open(file, { isReader: true, durability });
  const group = new WriteGroup(writer);
  return {
    read: new SqliteHandle(reader),
    owner: group.handle,
    write: (work) => group.write(work),
    writeEach: (bulk, item) => group.writeEach(bulk, item),
    sizeBytes: () =>
      (writer.pragma('page_count', { simple: true }) as number) *
      (writer.pragma('page_size', { simple: true }) as number),
    close: async () => {
      await group.drain();
      reader.close();
      writer.close();
    },
  };
};
