import type { RawBuilder } from 'kysely';
import type { HasWords } from './word-index.js';

/** What a query must say in another way on each database. Everything else that stores write is SQL that both understand. */
export interface SqlDialect {
  /** The column holds one of the numbers or texts in a JSON array, however many there are: one statement for every length. */
  isOneOf(column: string, jsonArray: RawBuilder<string>, type: 'integer' | 'text'): RawBuilder<boolean>;
  readonly hasWords: HasWords;
  /** Ends a SELECT of rows that the transaction is about to change: no other writer changes them before it has ended. */
  readonly forUpdate: RawBuilder<unknown>;
  /** By the clock of the database, which is the same for every hub on it. */
  readonly now: RawBuilder<number>;
}
