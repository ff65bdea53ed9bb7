import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

export type FilledState = 'pending' | 'done';

/** Puts messages with one delivery each straight into the database of a hub that is stopped. */
export const fillDatabase = (folder: string, count: number, state: FilledState): void => {
  const database = new Sqlite(join(folder, 'hub.db'));
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = off');
  const now = Date.now();
  const payload = JSON.stringify({ text: 'x'.repeat(245) });
  const first = (database.prepare('select coalesce(max(id), 0) + 1 as first from messages').get() as { first: number })
    .first;
  const numbers = `with recursive n(i) as (select ${first} union all select i + 1 from n where i < ${first + count - 1})`;
  database.exec('begin');
  database
    .prepare(
      `insert into messages (id, type, sender, recipient, is_broadcast, priority, payload, max_attempts, created_at)
       ${numbers} select i, 'bench', 'Producer', 'Worker', 0, 5, ?, 3, ? from n`,
    )
    .run(payload, now);
  database
    .prepare(
      `insert into deliveries (id, message_id, queue, module, state, availability, available_at, priority, rank, attempt, max_attempts, settled_at, is_replayed)
       ${numbers} select i, i, 'Worker', 'Worker', ?, 'ready', ?, 5, 0, 0, 3, ?, 0 from n`,
    )
    .run(state, now, state === 'done' ? now : null);
  database.exec('commit');
  database.pragma('wal_checkpoint(truncate)');
  database.close();
};
