import type { Generated } from 'kysely';

/** What hubs that share a database know of each other. */
export interface NodeTables {
  /** What memory must know of each commit, in JSON, in the order of the commits. */
  commits: { id: Generated<number>; origin: string; at: number; notices: string };
  nodes: NodeTable;
  /** What one hub does for all, until an instant by the clock of the database. */
  duties: { name: string; node_id: number; until: number };
}

/** A hub of the database: what runs on one data folder. */
export interface NodeTable {
  id: Generated<number>;
  name: string;
  url: string | null;
  pid: number | null;
  version: string | null;
  /** Its admin key is good on every hub. */
  admin_key_hash: string;
  state: string;
  started_at: number;
  /** By the clock of the database. */
  beat_at: number;
}
