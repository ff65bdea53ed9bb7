import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Handle, Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { isSignedWith } from '../lib/webhook-signature.js';
import type { Module } from '../modules/module.js';
import type { NewMessage } from './message-schema.js';
import { signatureStore } from './signature-store.js';

/** How far a signature's time may be from the hub's, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export interface SignatureServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
}

/**
 * Messages that are signed by who sends them: HMAC-SHA256 in the form of Standard Webhooks over `id.timestamp.body`. The id and the time
 * stand in the message's headers `webhook-id` and `webhook-timestamp`; the body is the payload as compact JSON.
 */
export class SignatureService {
  readonly changed = topic<readonly [module: string, secret: string | null]>('signing_secret', ([module, secret]) => {
    if (secret === null) this.#secrets.delete(module);
    else this.#secrets.set(module, secret);
  });
  readonly #parts: SignatureServiceParts;
  readonly #secrets = new Map<string, string>();

  constructor(parts: SignatureServiceParts) {
    this.#parts = parts;
  }

  async load(read: Handle): Promise<void> {
    const rows = await signatureStore.all(read);
    this.#secrets.clear();
    for (const { module, secret } of rows) this.#secrets.set(module, secret);
  }

  /** A new secret for a module, or the one that is given; the old one is gone. */
  async setSecret(module: string, given: string | undefined): Promise<string> {
    const { database, events, clock } = this.#parts;
    const secret = given ?? `whsec_${randomBytes(24).toString('base64')}`;
    return await database.write(async (tx) => {
      const now = clock.now();
      await signatureStore.put(tx, { module, secret, created_at: now });
      await events.append(tx, { type: 'module.secret_set', at: now, module, data: {} });
      tx.tell(this.changed, [module, secret]);
      return secret;
    });
  }

  async removeSecret(module: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    await database.write(async (tx) => {
      if (!this.#secrets.has(module)) return;
      await this.forget(tx, module);
      await events.append(tx, { type: 'module.secret_removed', at: clock.now(), module, data: {} });
    });
  }

  /** In the transaction that removes the module. */
  async forget(tx: Transaction, module: string): Promise<void> {
    await signatureStore.remove(tx, module);
    tx.tell(this.changed, [module, null]);
  }

  /** Where the sender's descriptor demands it. @throws bad_signature */
  checkSent({ name, descriptor }: Module, { payload, headers = {}, signature }: NewMessage): void {
    if (descriptor.requireSignature !== true) return;
    const timestamp = headers['webhook-timestamp'] ?? '';
    const isInTime = Math.abs(this.#parts.clock.now() - Number(timestamp) * 1000) <= CLOCK_TOLERANCE_MS;
    if (timestamp === '' || !isInTime)
      throw badSignature(name, 'its webhook-timestamp is missing or over 5 minutes off');
    const body = payload === undefined ? '{}' : JSON.stringify(payload);
    if (!this.#isRight(name, body, { headers, signature })) throw badSignature(name, 'the signature does not fit');
  }

  /** Of a stored message: undefined where it is not signed. */
  isValid({ sender, payload, headers, signature }: MessageRow): boolean | undefined {
    if (signature === null) return undefined;
    return this.#isRight(sender, payload, {
      headers: headers === null ? {} : (JSON.parse(headers) as Record<string, string>),
      signature,
    });
  }

  #isRight(
    module: string,
    body: string,
    { headers, signature }: { headers: Readonly<Record<string, string>>; signature: string | undefined },
  ): boolean {
    const secret = this.#secrets.get(module);
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
    if (secret === undefined || id === undefined || timestamp === undefined || signature === undefined) return false;
    return isSignedWith(secret, { id, timestamp, body }, signature);
  }
}

const badSignature = (sender: string, reason: string): HubError =>
  new HubError('bad_signature', `Messages of ${sender} must be signed: ${reason}.`, {
    errors: [{ pointer: '/signature', message: reason }],
  });
