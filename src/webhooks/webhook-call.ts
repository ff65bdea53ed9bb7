import { handedJson } from '../messages/handed-json.js';
import type { ClaimedDelivery } from '../messages/message-json.js';
import type { WebhookSettings } from '../modules/served-runtime-schema.js';
import { signedHeaders } from './signed-headers.js';
import type { WebhookCall } from './webhook-client.js';

const DEFAULT_TIMEOUT_SECONDS = 10;
const DEFAULT_BROADCAST_TIMEOUT_SECONDS = 5;

/** What is posted for a delivery. */
export const webhookCall = (
  { url, headers = {}, secret, timeoutSeconds }: WebhookSettings,
  claimed: ClaimedDelivery,
  now: number,
): Omit<WebhookCall, 'signal'> => {
  const body = handedJson(claimed);
  return {
    url,
    body,
    timeoutSeconds: timeoutSeconds ?? defaultTimeout(claimed),
    headers: signedHeaders({ id: `msg_${claimed.message.id}`, body, secret, now }, headers),
  };
};

const defaultTimeout = ({ message }: ClaimedDelivery): number =>
  message.is_broadcast === 1 ? DEFAULT_BROADCAST_TIMEOUT_SECONDS : DEFAULT_TIMEOUT_SECONDS;
