import type { EventStore } from './events/event-store.js';
import type { Foundation } from './hub-parts.js';
import { KeyService } from './keys/key-service.js';
import { LoginSessionService } from './keys/login-session-service.js';
import { StreamTicketService } from './keys/stream-ticket-service.js';

/** Who may come in, and by what: a key, a ticket for one stream, the login of a browser. */
export const buildAccess = ({ database, clock, adminKey }: Foundation, events: EventStore) => {
  const keys = new KeyService({ database, events, clock, adminKey });
  const tickets = new StreamTicketService({ database, clock, keys });
  const sessions = new LoginSessionService({ database, clock, keys });
  return { keys, tickets, sessions };
};
