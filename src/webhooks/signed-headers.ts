import { type Signed, signatureOf } from '../lib/webhook-signature.js';
import { VERSION } from '../version.js';

export interface SignedPost {
  /** The same for every attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly body: string;
  /** Base64 of the key, with or without `whsec_`. */
  readonly secret: string | undefined;
  readonly now: number;
}

/** The headers of a post in the form of Standard Webhooks, signed where there is a secret. */
export const signedHeaders = (
  { id, body, secret, now }: SignedPost,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const signed: Signed = { id, timestamp: String(Math.floor(now / 1000)), body };
  return {
    'user-agent': `granger-hub/${VERSION}`,
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name.toLowerCase(), value])),
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': signed.timestamp,
    ...(secret === undefined ? {} : { 'webhook-signature': signatureOf(prefixed(secret), signed) }),
  };
};

const prefixed = (secret: string): string => (secret.startsWith('whsec_') ? secret : `whsec_${secret}`);
