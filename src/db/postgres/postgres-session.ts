import type { QueryConfig, QueryResult } from 'pg';

/** A connection that one asks for, uses and gives back. */
export interface PostgresSession {
  query(config: QueryConfig): Promise<QueryResult>;
  /** The same for what nobody waits for: it may go out with the next query. */
  send?(config: QueryConfig): Promise<QueryResult>;
  /** A connection that is broken is not used again. */
  release(broken?: Error): void;
}
