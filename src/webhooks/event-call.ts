import type { WebhookRow } from '../db/webhook-tables.js';
import { eventJson } from '../events/event-json.js';
import type { StoredEvent } from '../events/event-types.js';
import { toPublicId } from '../lib/public-id.js';
import { signedHeaders } from './signed-headers.js';
import type { WebhookCall } from './webhook-client.js';

const TIMEOUT_SECONDS = 10;

export interface EventPost {
  readonly webhook: Pick<WebhookRow, 'id' | 'url' | 'secret' | 'reset_to'>;
  readonly events: readonly [StoredEvent, ...StoredEvent[]];
  /** Id of the database, without which numbers of events say nothing. */
  readonly epoch: string;
  readonly now: number;
}

/** What is posted to one who is told of events. `reset` says that some before these were missed, as on a WebSocket. */
export const eventCall = ({ webhook, events, epoch, now }: EventPost): Omit<WebhookCall, 'signal'> => {
  const name = toPublicId('hook', webhook.id);
  const reset = webhook.reset_to === null ? '' : `,"reset":{"oldestSeq":${webhook.reset_to}}`;
  const body = `{"webhook":"${name}","epoch":"${epoch}"${reset},"events":[${events.map(eventJson).join(',')}]}`;
  const id = `${name}_${events[0].seq}_${events.at(-1)!.seq}_${epoch}`;
  const headers = signedHeaders({ id, body, secret: webhook.secret, now });
  return { url: webhook.url, body, timeoutSeconds: TIMEOUT_SECONDS, headers };
};
