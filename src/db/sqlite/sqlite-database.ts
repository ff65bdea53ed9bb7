import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database as Connection } from 'better-sqlite3';
import type { Database, Durability } from '../database.js';
import { StatementProfile } from '../statement-profile.js';
import { WriteGroup } from '../write-group.js';
import { CommittedReads } from './committed-reads.js';
import { SqliteWriteConnection } from './sqlite-write-connection.js';
import { WriteAheadLog } from './write-ahead-log.js';

export interface SqliteOptions {
  /** The hub's data folder; the database is `hub.db` in it. */
  readonly folder: string;
  readonly durability: Durability;
  readonly profile?: StatementProfile;
}

const open = (file: string, { isReader }: { isReader: boolean }): Connection => {
  const connection = new Sqlite(file, { readonly: isReader });
  if (!isReader) {
    chmodSync(file, 0o600);
    connection.pragma('journal_mode = wal');
    connection.pragma('synchronous = normal');
    connection.pragma('wal_autocheckpoint = 4000');
  }
  connection.pragma('foreign_keys = on');
  connection.pragma('busy_timeout = 5000');
  connection.pragma('cache_size = -32000');
  connection.pragma('temp_store = memory');
  return connection;
};

export const openSqlite = ({ folder, durability, profile = new StatementProfile() }: SqliteOptions): Database => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'hub.db');
  const writer = open(file, { isReader: false });
  const reader = open(file, { isReader: true });
  const log = new WriteAheadLog(file);
  const makeDurable = durability === 'full' ? (isQuiet: boolean) => log.sync(isQuiet) : () => {};
  const connection = new SqliteWriteConnection(writer, profile, makeDurable);
  const group = new WriteGroup(connection, profile);
  const read = new CommittedReads(reader, profile, connection);
  return {
    read,
    owner: connection.handle,
    write: (work) => group.write(work),
    writeEarly: (work) => group.writeEarly(work),
    durable: () => group.durable(),
    writeEach: (bulk, item) => group.writeEach(bulk, item),
    join: (nodeId) => {
      read.nodeId = nodeId;
      connection.handle.nodeId = nodeId;
    },
    follow: (memory) => memory.load(read),
    catchUp: undefined,
    get failure() {
      return connection.failure;
    },
    sizeBytes: () =>
      (writer.pragma('page_count', { simple: true }) as number) *
      (writer.pragma('page_size', { simple: true }) as number),
    statements: () => profile.times(),
    close: async () => {
      await group.drain();
      await log.close();
      reader.close();
      writer.close();
    },
  };
};
