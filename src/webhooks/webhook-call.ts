import { signatureOf } from '../lib/webhook-signature.js';
import { handedJson } from '../messages/handed-json.js';
import type { ClaimedDelivery } from '../messages/message-json.js';
import type { WebhookSettings } from '../modules/served-runtime-schema.js';
import { VERSION } from '../version.js';
import type { WebhookCall } from './webhook-client.js';

const DEFAULT_TIMEOUT_SECONDS = 10;
const DEFAULT_BROADCAST_TIMEOUT_SECONDS = 5;

/** What is posted for a delivery, signed in the form of Standard Webhooks where there is a secret. */
export const webhookCall = (
  { url, headers = {}, secret, timeoutSeconds }: WebhookSettings,
  claimed: ClaimedDelivery,
  now: number,
): Omit<WebhookCall, 'signal'> => {
  const body = handedJson(claimed);
  // The same for every attempt, so that a receiver can tell a repetition.
  const id = `msg_${claimed.message.id}`;
  const timestamp = String(Math.floor(now / 1000));
  const signature = secret === undefined ? undefined : signatureOf(prefixed(secret), { id, timestamp, body });
  return {
    url,
    body,
    timeoutSeconds: timeoutSeconds ?? defaultTimeout(claimed),
    headers: {
      'user-agent': `granger-hub/${VERSION}`,
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(signature === undefined ? {} : { 'webhook-signature': signature }),
    },
  };
};

const defaultTimeout = ({ message }: ClaimedDelivery): number =>
  message.is_broadcast === 1 ? DEFAULT_BROADCAST_TIMEOUT_SECONDS : DEFAULT_TIMEOUT_SECONDS;

/** A secret may come with or without its prefix; it is base64 either way. */
const prefixed = (secret: string): string => (secret.startsWith('whsec_') ? secret : `whsec_${secret}`);
