import { sql } from 'kysely';
import { randomToken } from '../lib/random-token.js';
import type { Database } from './database.js';
import type { SeqMark } from './seq-mark.js';
import { type Handle, statement } from './statement.js';

interface Meta {
  readonly name: string;
  readonly value: string;
}

const insertMeta = statement<Meta>()((db, p) =>
  db
    .insertInto('hub_meta')
    .values({ name: p('name'), value: p('value') })
    .onConflict((conflict) => conflict.doNothing()),
);
const putMeta = statement<Meta>()((db, p) =>
  db
    .insertInto('hub_meta')
    .values({ name: p('name'), value: p('value') })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((excluded) => ({ value: excluded.ref('excluded.value') })),
    ),
);
const selectMeta = statement<{ name: string }>()((db, p) =>
  db.selectFrom('hub_meta').select('value').where('name', '=', p('name')),
);
const selectLastSeq = statement<object>()((db) =>
  db.selectNoFrom(sql<number | null>`(select max(seq) from events)`.as('last')),
);

export interface DatabaseIdentity {
  /** Made with the database, and the same in every copy of it: processes are tagged with it. */
  readonly databaseId: string;
  /** Event numbers count only together with it: another one where the database was found to be an older copy. */
  readonly epoch: string;
  readonly lastSeq: number;
  readonly isRestored: boolean;
}

/**
 * Who the database is. It is an older copy where its log ends before the mark that is kept beside it, or where it has had a mark and comes
 * without one, or with that of another copy. Only where nobody else can write: hubs that share a database have a mark each.
 */
export const loadIdentity = async (database: Database, mark: SeqMark | undefined): Promise<DatabaseIdentity> =>
  await database.write(async (tx) => {
    await tx.run(insertMeta, { name: 'epoch', value: randomToken(9) });
    const databaseId = (await metaOf(tx, 'epoch'))!;
    const epoch = (await metaOf(tx, 'epoch_since_restore')) ?? databaseId;
    const lastSeq = (await tx.first(selectLastSeq, {}))?.last ?? 0;
    const isMarked = mark !== undefined || (await metaOf(tx, 'is_marked')) !== undefined;
    const isAsMarked = mark?.epoch === epoch && mark.seq <= lastSeq;
    if (database.catchUp !== undefined || !isMarked || isAsMarked)
      return { databaseId, epoch, lastSeq, isRestored: false };
    const value = randomToken(9);
    await tx.run(putMeta, { name: 'epoch_since_restore', value });
    return { databaseId, epoch: value, lastSeq, isRestored: true };
  });

/** From now on the database does not come without a mark. */
export const expectMark = async (database: Database): Promise<void> => {
  if ((await metaOf(database.read, 'is_marked')) !== undefined) return;
  await database.write(async (tx) => void (await tx.run(insertMeta, { name: 'is_marked', value: '1' })));
};

const metaOf = async (handle: Handle, name: string): Promise<string | undefined> =>
  (await handle.first(selectMeta, { name }))?.value;
