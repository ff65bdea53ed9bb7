import { setMaxListeners } from 'node:events';
import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { randomToken } from '../lib/random-token.js';
import type { KeyService } from './key-service.js';
import { loginSessionStore } from './login-session-store.js';
import type { Principal } from './principal.js';
import { hashOf } from './secret-hash.js';

export interface LoginSessionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyService;
}

/** A browser that is logged in: it speaks for the key that it came with. */
export interface LoginSession {
  readonly principal: Principal;
  readonly expiresAt: number;
}

interface OpenSession {
  readonly principal: Principal;
  readonly end: AbortController;
}

export const SESSION_MS = 7 * 86_400_000;
const PRUNED_AT_ONCE = 500;

/**
 * A session is a random token, kept as a hash, bound to a key and gone with it. It is looked up in the database each time, so that every
 * hub on it knows who is logged in. In memory stands only what must end with it: the streams that are open here.
 */
export class LoginSessionService {
  /** By the hash of its token. */
  readonly ended = topic<string>('login_ended', (tokenHash) => this.#end(tokenHash));
  readonly #parts: LoginSessionParts;
  readonly #open = new Map<string, OpenSession>();

  constructor(parts: LoginSessionParts) {
    this.#parts = parts;
  }

  /** @throws unauthenticated where there is no such key */
  async logIn(key: string): Promise<LoginSession & { readonly token: string }> {
    const { database, clock, keys } = this.#parts;
    const keyHash = hashOf(key);
    const token = randomToken(32);
    const now = clock.now();
    const expiresAt = now + SESSION_MS;
    const row = { token_hash: hashOf(token), key_hash: keyHash, created_at: now, expires_at: expiresAt };
    const principal = await database.write(async (tx) => {
      const found = keys.ofHash(keyHash);
      if (found === undefined) throw new HubError('unauthenticated', 'This key is not known.');
      await loginSessionStore.insert(tx, row);
      return found;
    });
    return { token, principal, expiresAt };
  }

  /** Undefined for a token that is of no session, or of one that is over. */
  async find(token: string): Promise<LoginSession | undefined> {
    const { database, clock, keys } = this.#parts;
    const tokenHash = hashOf(token);
    const row = await loginSessionStore.live(database.read, tokenHash, clock.now());
    // Its key may have been made at another hub a moment ago.
    if (row !== undefined && keys.ofHash(row.key_hash) === undefined) await database.catchUp?.();
    const ofKey = row === undefined ? undefined : keys.ofHash(row.key_hash);
    if (row === undefined || ofKey === undefined) {
      this.#end(tokenHash);
      return undefined;
    }
    return { principal: this.#opened(tokenHash, ofKey), expiresAt: row.expires_at };
  }

  /** Streams that are open with it end too. */
  async logOut(token: string): Promise<void> {
    const tokenHash = hashOf(token);
    await this.#parts.database.write(async (tx) => {
      await loginSessionStore.remove(tx, tokenHash);
      tx.tell(this.ended, tokenHash);
    });
  }

  /** Deletes those whose time is over, and ends what is open with them here. @returns how many it deleted */
  async prune(now: number): Promise<number> {
    const { database } = this.#parts;
    const pruned = await database.write(async (tx) => await loginSessionStore.removeOver(tx, now, PRUNED_AT_ONCE));
    for (const tokenHash of [...this.#open.keys()])
      if ((await loginSessionStore.live(database.read, tokenHash, now)) === undefined) this.#end(tokenHash);
    return pruned;
  }

  #opened(tokenHash: string, ofKey: Principal): Principal {
    const known = this.#open.get(tokenHash);
    if (known !== undefined && !known.end.signal.aborted) return known.principal;
    const end = new AbortController();
    setMaxListeners(0, end.signal);
    ofKey.revoked.addEventListener('abort', () => this.#end(tokenHash), { signal: end.signal });
    const principal = { ...ofKey, revoked: end.signal };
    this.#open.set(tokenHash, { principal, end });
    return principal;
  }

  #end(tokenHash: string): void {
    this.#open.get(tokenHash)?.end.abort();
    this.#open.delete(tokenHash);
  }
}
