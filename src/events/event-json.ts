import { toRfc3339 } from '../lib/clock.js';
import type { StoredEvent } from './event-types.js';

const written = new WeakMap<StoredEvent, string>();

/** The inside of the event's JSON object, without braces: written once and shared by all who are sent it. */
export const eventFields = (event: StoredEvent): string => {
  const known = written.get(event);
  if (known !== undefined) return known;
  const fields = `"seq":${event.seq},"type":"${event.type}","at":"${toRfc3339(event.at)}","subject":${subjectJson(event)},"data":${event.data}`;
  written.set(event, fields);
  return fields;
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
  return `{${parts.join(',')}}`;
};
