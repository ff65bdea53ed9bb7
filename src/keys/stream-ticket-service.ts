import type { Database } from '../db/database.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { randomToken } from '../lib/random-token.js';
import type { KeyService } from './key-service.js';
import type { Principal } from './principal.js';
import { hashOf } from './secret-hash.js';
import { streamTicketStore } from './stream-ticket-store.js';

const LIFE_MS = 30_000;

export interface StreamTicketServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyService;
}

/** Tickets open one stream where no header can be set, as in a browser. An address is logged everywhere, so what stands there is worthless soon. */
export class StreamTicketService {
  readonly #parts: StreamTicketServiceParts;

  constructor(parts: StreamTicketServiceParts) {
    this.#parts = parts;
  }

  async issue({ keyId }: Principal): Promise<{ ticket: string; expiresAt: string }> {
    const { database, clock } = this.#parts;
    const ticket = `grt_${randomToken(24)}`;
    const now = clock.now();
    await database.write(async (tx) => {
      await streamTicketStore.removeExpired(tx, now);
      await streamTicketStore.put(tx, { hash: hashOf(ticket), key_id: keyId, expires_at: now + LIFE_MS });
    });
    return { ticket, expiresAt: toRfc3339(now + LIFE_MS) };
  }

  /** Once. Undefined for one that is used, over, or of a key that was revoked. */
  async redeem(ticket: string): Promise<Principal | undefined> {
    const { database, clock, keys } = this.#parts;
    const keyId = await database.write((tx) => streamTicketStore.take(tx, hashOf(ticket), clock.now()));
    return keyId === undefined ? undefined : keys.find(keyId);
  }
}
