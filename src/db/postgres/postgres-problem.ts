import { DatabaseError } from 'pg';
import { HubError } from '../../lib/errors.js';

/** PostgreSQL cannot be used; the message says why, and holds no password. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

const RETRY_AFTER_SECONDS = 1;

/** SQLSTATE classes and codes (PostgreSQL, appendix A) that say that the server is away, going, full or held up; and what Node says of a socket. */
const isAway = (code: string): boolean =>
  /^(08|25P03|53|55P03|57014|57P0|E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_|NOTFOUND))/.test(code);

/** Of pg itself, when the server has not answered in time: nothing can be asked on that connection any more. */
export const isHung = (error: unknown): boolean => (error as Error).message === 'Query read timeout';

/** `read_only_sql_transaction`: a standby, since the address leads to another server now, or one whose provider takes no writes. */
const READ_ONLY = '25006';

/** Such a connection is not used again: the next one may be better. */
export const isSpent = (error: unknown): boolean => isHung(error) || (error as { code?: string }).code === READ_ONLY;

/** The server has said that it did not do it: it goes on, and the connection too. */
export const isAnswer = (error: unknown): boolean =>
  error instanceof DatabaseError && !/^(08|25P03|57P)/.test(error.code ?? '');

/** pg has no codes for these. */
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout/;

/** A character NUL: in a text, and in JSON. */
const nul: ReadonlySet<string> = new Set(['22021', '22P05']);

/** A prepared statement is there already, or is not there. */
const strayStatement: ReadonlySet<string> = new Set(['42P05', '26000']);

/** A refusal that can be asked again later where the server is away, or that says what is wrong; any other error as it is. */
export const problemOf = (error: unknown): unknown => {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (code === '53100')
    return new HubError('disk_full', 'The disk of the database is full; nothing was written.', { cause: error });
  if (nul.has(code))
    return new HubError('invalid_request', 'A text holds the character NUL, which PostgreSQL does not keep.', {
      cause: error,
    });
  if (code === '42501')
    return new DatabaseRefused(`The user of GRANGER_DATABASE_URL lacks a right that the hub needs: ${message}.`);
  if (strayStatement.has(code))
    return new DatabaseRefused(
      'Statements that were prepared on one connection of GRANGER_DATABASE_URL are met on another, as behind a pooler in transaction mode: set GRANGER_NOTIFY=off.',
    );
  if (code === READ_ONLY) return away('The database takes no writes; nothing was written.', error);
  if (code.startsWith('28')) return away('The database does not let the hub in; nothing was written.', error);
  if (!isAway(code) && !awayMessages.test(message)) return error;
  return databaseAway(error);
};

const away = (message: string, cause: unknown): HubError =>
  new HubError('database_busy', message, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    ...(cause === undefined ? {} : { cause }),
  });

const databaseAway = (cause: unknown): HubError => away('The database does not answer; nothing was written.', cause);

/** The server may have ended before or after it wrote the commit. */
export const commitUnknown = (cause: unknown): HubError =>
  away(
    'The database went away while it committed, so this may have been written. With an Idempotency-Key it is safe to send it again.',
    cause,
  );
