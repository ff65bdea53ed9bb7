import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed, in the form of Standard Webhooks: `id.timestamp.body`. */
export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly body: string;
}

/** A secret is base64 behind `whsec_`; without the prefix its own bytes are the key. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');

/** `v1,<base64 of HMAC-SHA256>` */
export const signatureOf = (secret: string, { id, timestamp, body }: Signed): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/** Whether one of the signatures (parted by spaces, so that secrets can be rolled over) is right. In constant time. */
export const isSignedWith = (secret: string, signed: Signed, signatures: string): boolean => {
  const expected = Buffer.from(signatureOf(secret, signed));
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
};
