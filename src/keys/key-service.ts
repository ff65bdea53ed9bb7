import { setMaxListeners } from 'node:events';
import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Handle, Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId, toPublicId } from '../lib/public-id.js';
import { newSecret } from './admin-key.js';
import type { CreatedKey, KeyView, NewKey } from './key-schema.js';
import { type KeyRow, keyStore } from './key-store.js';
import { loginSessionStore } from './login-session-store.js';
import type { Principal } from './principal.js';
import { hashOf } from './secret-hash.js';

export interface KeyServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly adminKey: string;
}

interface LentTo {
  readonly scope: string;
  readonly keyId: string;
  readonly module: string | undefined;
}

const MOST_REMEMBERED = 10_000;

/** Keys are kept as hashes. Those that exist are in memory, as is who an `Authorization` header stood for last time. */
export class KeyService {
  readonly created = topic<KeyRow>('key', (row) => this.#remember(row));
  readonly revoked = topic<readonly string[]>('keys_revoked', (hashes) => {
    for (const hash of hashes) this.#forget(hash);
  });
  readonly #parts: KeyServiceParts;
  readonly #byHash = new Map<string, Principal>();
  /** Hashes of the admin keys of the hubs on the database. */
  readonly #admins = new Map<number, string>();
  readonly #revocations = new Map<string, AbortController>();
  readonly #byHeader = new Map<string, Principal>();

  constructor(parts: KeyServiceParts) {
    this.#parts = parts;
    this.#byHash.set(this.adminKeyHash, admin());
  }

  get adminKeyHash(): string {
    return hashOf(this.#parts.adminKey);
  }

  /** The admin key of a hub on the database is good on every other; one that it has no longer is good nowhere else. */
  admitAdmin(node: number, hash: string): void {
    const before = this.#admins.get(node);
    if (before === hash) return;
    this.#admins.set(node, hash);
    const isUsed = before === this.adminKeyHash || [...this.#admins.values()].includes(before ?? '');
    if (before !== undefined && !isUsed) this.#forget(before);
    if (!this.#byHash.has(hash)) this.#byHash.set(hash, admin());
  }

  async load(read: Handle): Promise<void> {
    const rows = await keyStore.all(read);
    const gone = new Set(this.#revocations.keys());
    for (const row of rows) {
      gone.delete(row.hash);
      if (!this.#revocations.has(row.hash)) this.#remember(row);
    }
    for (const hash of gone) this.#forget(hash);
  }

  /** Who an `Authorization` header speaks for; undefined for a header that is missing, of another form, or of no key. */
  authenticate(header: string | undefined): Principal | undefined {
    if (header === undefined) return undefined;
    const known = this.#byHeader.get(header);
    if (known !== undefined) return known;
    const key = /^bearer +(\S+)$/i.exec(header)?.[1];
    const principal = key === undefined ? undefined : this.#byHash.get(hashOf(key));
    if (principal === undefined) return undefined;
    if (this.#byHeader.size >= MOST_REMEMBERED) this.#byHeader.clear();
    this.#byHeader.set(header, principal);
    return principal;
  }

  /** Who the key of this id speaks for; undefined where there is none, or none any more. */
  find(keyId: string): Principal | undefined {
    for (const principal of this.#byHash.values()) if (principal.keyId === keyId) return principal;
    return undefined;
  }

  /** Who a key speaks for, by its hash: a login keeps no more of it. */
  ofHash(hash: string): Principal | undefined {
    return this.#byHash.get(hash);
  }

  /** A key that is kept nowhere, until it is taken back. `keyId` names it in events. */
  lend({ scope, keyId, module }: LentTo): { readonly key: string; takeBack(): void } {
    const key = newSecret();
    const hash = hashOf(key);
    const revocation = new AbortController();
    setMaxListeners(0, revocation.signal);
    const revoked = revocation.signal;
    const principal: Principal =
      scope === 'module'
        ? { scope, keyId, revoked, module: module ?? '' }
        : { scope: scope === 'admin' ? 'admin' : 'observer', keyId, revoked };
    this.#byHash.set(hash, principal);
    this.#revocations.set(hash, revocation);
    return { key, takeBack: () => this.#forget(hash) };
  }

  async create({
    scope,
    module = null,
    label = '',
  }: Omit<NewKey, 'module'> & { module?: string | null }): Promise<CreatedKey> {
    if ((scope === 'module') !== (module !== null)) {
      const errors = [{ pointer: '/module', message: 'goes with the scope module, and only with it' }];
      throw new HubError('invalid_request', 'A key of scope module names its module; others name none.', { errors });
    }
    const { database, events, clock } = this.#parts;
    const key = newSecret();
    const fields = { hash: hashOf(key), scope, module, label, created_at: clock.now() };
    return await database.write(async (tx) => {
      const row = { id: await keyStore.insert(tx, fields), ...fields };
      await events.append(tx, {
        type: 'key.created',
        at: row.created_at,
        module,
        data: { id: toPublicId('key', row.id), scope, label },
      });
      tx.tell(this.created, row);
      return { ...keyView(row), key };
    });
  }

  /** In the order in which they were made. */
  async list(): Promise<KeyView[]> {
    return (await keyStore.all(this.#parts.database.read)).map(keyView);
  }

  async revoke(publicId: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    const id = fromPublicId('key', publicId);
    await database.write(async (tx) => {
      const row = (await keyStore.all(tx)).find((key) => key.id === id);
      if (row === undefined) throw new HubError('key_not_found', `There is no key ${publicId}.`);
      await keyStore.remove(tx, row.id);
      await loginSessionStore.removeOfKey(tx, row.hash);
      await events.append(tx, {
        type: 'key.revoked',
        at: clock.now(),
        module: row.module,
        data: { id: publicId, scope: row.scope },
      });
      tx.tell(this.revoked, [row.hash]);
    });
  }

  /** Keys of a module go with it, and the logins with them. */
  async forgetModule(tx: Transaction, module: string): Promise<void> {
    const hashes = (await keyStore.all(tx)).filter((key) => key.module === module).map((key) => key.hash);
    await keyStore.removeOfModule(tx, module);
    for (const hash of hashes) await loginSessionStore.removeOfKey(tx, hash);
    if (hashes.length > 0) tx.tell(this.revoked, hashes);
  }

  #remember(row: KeyRow): void {
    const revocation = new AbortController();
    setMaxListeners(0, revocation.signal);
    this.#revocations.set(row.hash, revocation);
    this.#byHash.set(row.hash, principalOf(row, revocation.signal));
  }

  #forget(hash: string): void {
    this.#byHash.delete(hash);
    this.#byHeader.clear();
    this.#revocations.get(hash)?.abort();
    this.#revocations.delete(hash);
  }
}

const admin = (): Principal => {
  const { signal: revoked } = new AbortController();
  setMaxListeners(0, revoked);
  return { scope: 'admin', keyId: 'admin', revoked };
};

const principalOf = (row: KeyRow, revoked: AbortSignal): Principal => {
  const keyId = toPublicId('key', row.id);
  if (row.scope === 'module') return { scope: 'module', keyId, revoked, module: row.module ?? '' };
  return { scope: row.scope === 'admin' ? 'admin' : 'observer', keyId, revoked };
};

const keyView = (row: KeyRow): KeyView => ({
  id: toPublicId('key', row.id),
  scope: row.scope as KeyView['scope'],
  ...(row.module === null ? {} : { module: row.module }),
  label: row.label,
  createdAt: toRfc3339(row.created_at),
});
