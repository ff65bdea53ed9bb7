import { type Kysely, sql } from 'kysely';

export const costs = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await sql`alter table turn_costs add column process text`.execute(db);
    await sql`create index turns_of_module on turns (module, started_at)`.execute(db);
  },
};
