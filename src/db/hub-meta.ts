import { randomToken } from '../lib/random-token.js';
import type { Database } from './database.js';
import { statement } from './statement.js';

const insertMeta = statement<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto('hub_meta')
    .values({ name: p('name'), value: p('value') })
    .onConflict((conflict) => conflict.doNothing()),
);
const selectMeta = statement<{ name: string }>()((db, p) =>
  db.selectFrom('hub_meta').select('value').where('name', '=', p('name')),
);

/** The id of this database, made with it: event numbers and process tags count only together with it. */
export const loadEpoch = async (database: Database): Promise<string> =>
  await database.write(async (tx) => {
    await tx.run(insertMeta, { name: 'epoch', value: randomToken(9) });
    return (await tx.first(selectMeta, { name: 'epoch' }))!.value;
  });
