import { toRfc3339 } from '../lib/clock.js';
import type { StoredEvent } from './event-types.js';

const written = new WeakMap<StoredEvent, string>();

/** The inside of the event's JSON object, without braces: written once and shared by all who are sent it. */
export const eventFields = (event: StoredEvent): string => {
  const known = written.get(event);
  if (known !== undefined) return known;
  const by = event.key_id === null ? '' : `,"by":"${event.key_id}"`;
  const fields = `"seq":${event.seq},"type":"${event.type}","at":"${toRfc3339(event.at)}","subject":${subjectJson(event)}${by},"data":${event.data}`;
  written.set(event, fields);
  return fields;
};

const bytes = new WeakMap<StoredEvent, Buffer>();

/** The same as bytes, with the brace that ends the object. */
export const eventTail = (event: StoredEvent): Buffer => {
  const known = bytes.get(event);
  if (known !== undefined) return known;
  const tail = Buffer.from(`${eventFields(event)}}`);
  bytes.set(event, tail);
  return tail;
};

export const eventJson = (event: StoredEvent): string => `{${eventFields(event)}}`;

const subjectJson = (event: StoredEvent): string => {
  const parts: string[] = [];
  if (event.module !== null) parts.push(`"module":${JSON.stringify(event.module)}`);
  if (event.conversation_id !== null) parts.push(`"conversationId":${JSON.stringify(event.conversation_id)}`);
  if (event.message_id !== null) parts.push(`"messageId":"msg_${event.message_id}"`);
  if (event.delivery_id !== null) parts.push(`"deliveryId":"dlv_${event.delivery_id}"`);
  if (event.turn_id !== null) parts.push(`"turnId":"turn_${event.turn_id}"`);
  if (event.instance_id !== null) parts.push(`"instanceId":"inst_${event.instance_id}"`);
  if (event.task_id !== null) parts.push(`"taskId":"task_${event.task_id}"`);
  return `{${parts.join(',')}}`;
};
