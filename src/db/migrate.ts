import { type Migration, Migrator } from 'kysely';
import { errorMessage } from '../lib/errors.js';
import type { Database } from './database.js';

/** Brings the schema up to date. A migration that fails leaves nothing behind, and names itself in the error. */
export const migrate = async (
  database: Pick<Database, 'owner'>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<string[]> => {
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error, results = [] } = await new Migrator({ db: database.owner.kysely, provider }).migrateToLatest();
  if (error === undefined) return results.map((result) => result.migrationName);
  const failed = results.find((result) => result.status === 'Error')?.migrationName;
  throw new Error(
    `The database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${errorMessage(error)}`,
    {
      cause: error,
    },
  );
};
