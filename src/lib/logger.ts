import { errorMessage, type HubError } from './errors.js';

/** What parts of the hub need of a logger; pino fits. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A refusal in the log: it is told by its code and its cause. Only what nobody expected needs a stack. */
export const loggedRefusal = ({ code, message, cause }: HubError): object => ({
  code,
  message,
  ...(cause === undefined ? {} : { cause: errorMessage(cause) }),
});
