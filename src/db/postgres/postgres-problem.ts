import { HubError } from '../../lib/errors.js';

const RETRY_AFTER_SECONDS = 1;

/** SQLSTATE classes and codes (PostgreSQL, appendix A) that say that the server is away, going or full; and what Node says of a socket. */
const isAway = (code: string): boolean =>
  /^(08|57P0|53[0-2,4]|E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_|NOTFOUND))/.test(code) || code === '55P03' || code === '57014';

/** pg has no codes for these. */
const awayMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/;

/** A refusal that can be asked again later where the server is away; any other error as it is. */
export const problemOf = (error: unknown): unknown => {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (code === '53100')
    return new HubError('disk_full', 'The disk of the database is full; nothing was written.', { cause: error });
  if (!isAway(code) && !awayMessages.test(message)) return error;
  return databaseAway(error);
};

const away = (message: string, cause: unknown): HubError =>
  new HubError('database_busy', message, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    ...(cause === undefined ? {} : { cause }),
  });

export const databaseAway = (cause?: unknown): HubError =>
  away('The database does not answer; nothing was written.', cause);

/** The server may have ended before or after it wrote the commit. */
export const commitUnknown = (cause: unknown): HubError =>
  away(
    'The database went away while it committed, so this may have been written. With an Idempotency-Key it is safe to send it again.',
    cause,
  );
