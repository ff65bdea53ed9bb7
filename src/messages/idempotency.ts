import { createHash } from 'node:crypto';
import type { Handle, Transaction } from '../db/statement.js';
import { HubError } from '../lib/errors.js';
import { idempotencyStore } from './idempotency-store.js';

/** What makes a repeated request the same: who asks, the key it gives, and what it asks. */
export interface RequestKey {
  readonly owner: string;
  readonly key: string;
  readonly bodyHash: string;
}

export interface KeptAnswer {
  readonly answer: string;
  /** Of a single message. */
  readonly messageId: number | null;
}

const LONGEST_KEY = 256;

/** How long an answer is given again. */
export const KEEP_ANSWER_MS = 24 * 3600_000;

/** @throws invalid_request where the header cannot be a key */
export const requestKeyOf = (
  owner: string,
  header: string | string[] | undefined,
  body: unknown,
): RequestKey | undefined => {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || header === '' || header.length > LONGEST_KEY) {
    const errors = [
      { pointer: '/headers/idempotency-key', message: `must be one text of 1 to ${LONGEST_KEY} characters` },
    ];
    throw new HubError('invalid_request', 'The Idempotency-Key cannot be used.', { errors });
  }
  return { owner, key: header, bodyHash: createHash('sha256').update(JSON.stringify(body)).digest('base64url') };
};

/** The answer that was given before; asked in the transaction that would give another. @throws idempotency_mismatch */
export const keptAnswer = async (
  handle: Handle,
  { owner, key, bodyHash }: RequestKey,
  now: number,
): Promise<KeptAnswer | undefined> => {
  const row = await idempotencyStore.find(handle, { owner, key, since: now - KEEP_ANSWER_MS });
  if (row === undefined) return undefined;
  if (row.body_hash !== bodyHash) {
    throw new HubError(
      'idempotency_mismatch',
      `The Idempotency-Key ${JSON.stringify(key)} was used with another body.`,
    );
  }
  return { answer: row.answer, messageId: row.message_id };
};

export const keepAnswer = async (
  tx: Transaction,
  { owner, key, bodyHash }: RequestKey,
  kept: KeptAnswer & { now: number },
): Promise<void> => {
  const { answer, messageId, now } = kept;
  await idempotencyStore.put(tx, {
    owner,
    key,
    body_hash: bodyHash,
    answer,
    message_id: messageId,
    created_at: now,
  });
};
