import type { DeliveryRow, MessageRow } from '../db/tables.js';
import { optionalRfc3339, toRfc3339 } from '../lib/clock.js';

/*
 * Messages are written as JSON by hand: the payload is kept as JSON text and goes out as it came in, never parsed again.
 * A test holds these texts against the schemas.
 */
const text = (name: string, value: string | null): string =>
  value === null ? '' : `,"${name}":${JSON.stringify(value)}`;
const instant = (name: string, at: number | null): string => (at === null ? '' : `,"${name}":"${toRfc3339(at)}"`);
const raw = (name: string, json: string | null): string => (json === null ? '' : `,"${name}":${json}`);

/** The inside of the object, without braces. */
export const messageFields = (row: MessageRow): string =>
  `"id":"msg_${row.id}","seq":${row.id},"type":${JSON.stringify(row.type)},"from":${JSON.stringify(row.sender)}` +
  text('to', row.recipient) +
  text('capability', row.capability) +
  text('channel', row.channel) +
  (row.is_broadcast === 1 ? ',"broadcast":true' : '') +
  `,"priority":${row.priority},"payload":${row.payload}` +
  text('correlationId', row.correlation_id) +
  text('conversationId', row.conversation_id) +
  text('orderingKey', row.ordering_key) +
  (row.reply_to === null ? '' : `,"replyTo":"msg_${row.reply_to}"`) +
  raw('headers', row.headers) +
  text('signature', row.signature) +
  instant('createdAt', row.created_at) +
  instant('expiresAt', row.expires_at);

export const messageJson = (row: MessageRow): string => `{${messageFields(row)}}`;

export const listedMessageJson = (row: MessageRow, deliveries?: readonly DeliveryRow[]): string =>
  deliveries === undefined
    ? messageJson(row)
    : `{${messageFields(row)},"deliveries":${JSON.stringify(deliveries.map(deliveryView))}}`;

/** What the sender is told of a delivery. */
export interface SentDelivery {
  readonly id: number;
  readonly module: string | null;
  readonly state: string;
}

export const sentDeliveryJson = (delivery: SentDelivery): string =>
  `{"id":"dlv_${delivery.id}"${text('module', delivery.module)},"state":"${delivery.state}"}`;

interface SentMessage {
  readonly message: MessageRow;
  readonly deliveries: readonly SentDelivery[];
  readonly taskId?: number | undefined;
}

export const sentMessageJson = ({ message, deliveries, taskId }: SentMessage, reply?: MessageRow): string =>
  `{${messageFields(message)},"deliveries":[${deliveries.map(sentDeliveryJson).join(',')}]${taskJson(taskId)}` +
  `${reply === undefined ? '' : `,"reply":${messageJson(reply)}`}}`;

/** Of a message. */
export const taskOf = (deliveries: readonly DeliveryRow[]): number | undefined =>
  deliveries.find(({ task_id }) => task_id !== null)?.task_id ?? undefined;

export const taskJson = (task: number | null | undefined): string =>
  task === null || task === undefined ? '' : `,"taskId":"task_${task}"`;

export interface ClaimedDelivery {
  readonly deliveryId: number;
  readonly lease: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly leaseExpiresAt: number;
  readonly isReplayed: boolean;
  readonly message: MessageRow;
}

export const claimedJson = (claimed: ClaimedDelivery): string =>
  `{"delivery":{"id":"dlv_${claimed.deliveryId}","lease":"${claimed.lease}","attempt":${claimed.attempt},"maxAttempts":${claimed.maxAttempts},` +
  `"leaseExpiresAt":"${toRfc3339(claimed.leaseExpiresAt)}"${claimed.isReplayed ? ',"replayed":true' : ''}},"message":{${messageFields(claimed.message)}${claimed.isReplayed ? ',"replayed":true' : ''}}}`;

export const listJson = (items: readonly string[], nextCursor: string | null): string =>
  `{"items":[${items.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;

/** A delivery with all that its sender may know. */
export const deliveryView = (row: DeliveryRow) => ({
  id: `dlv_${row.id}`,
  ...(row.module === null ? {} : { module: row.module }),
  ...(row.queue.startsWith('#') ? { channel: row.queue.slice(1) } : {}),
  state: row.state,
  attempt: row.attempt,
  maxAttempts: row.max_attempts,
  ...(row.state === 'pending' ? { availableAt: toRfc3339(row.available_at) } : {}),
  ...(row.lease_expires_at === null ? {} : { leaseExpiresAt: optionalRfc3339(row.lease_expires_at) }),
  ...(row.is_replayed === 1 ? { replayed: true } : {}),
  ...(row.settled_at === null ? {} : { settledAt: optionalRfc3339(row.settled_at) }),
  ...(row.error === null ? {} : { error: JSON.parse(row.error) as { code: string; message: string } }),
});
