import type { Database } from '../db/database.js';
import { nodeStore } from './node-store.js';

/** The key under which the database knows the hub with this name. */
export const enrolNode = (database: Database, name: string, now: number): Promise<number> =>
  database.write((tx) => nodeStore.enrol(tx, name, now));
