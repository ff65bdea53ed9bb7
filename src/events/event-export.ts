import { toRfc3339 } from '../lib/clock.js';
import type { EventFeed } from './event-feed.js';
import { type EventFilter, matchesFilter } from './event-filter.js';
import { eventJson } from './event-json.js';
import type { StoredEvent } from './event-types.js';

export const exportFormats = {
  jsonl: {
    mediaType: 'application/x-ndjson; charset=utf-8',
    head: '',
    row: (event: StoredEvent) => `${eventJson(event)}\n`,
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    head: 'seq,type,at,by,module,conversationId,messageId,deliveryId,turnId,instanceId,taskId,data\r\n',
    row: (event: StoredEvent) => `${cellsOf(event).map(csvCell).join(',')}\r\n`,
  },
} as const;
export type ExportFormat = keyof typeof exportFormats;

const publicId = (prefix: string, key: number | null): string => (key === null ? '' : `${prefix}_${key}`);

const cellsOf = (event: StoredEvent): string[] => [
  String(event.seq),
  event.type,
  toRfc3339(event.at),
  event.key_id ?? '',
  event.module ?? '',
  event.conversation_id ?? '',
  publicId('msg', event.message_id),
  publicId('dlv', event.delivery_id),
  publicId('turn', event.turn_id),
  publicId('inst', event.instance_id),
  publicId('task', event.task_id),
  event.data,
];

/** RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe. */
const csvCell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** What fits, from after a number up to the newest when it begins; a piece of the text at a time. */
export async function* exportEvents(
  feed: EventFeed,
  { after, filter, format }: { after: number; filter: EventFilter; format: ExportFormat },
): AsyncGenerator<string> {
  const { head, row } = exportFormats[format];
  const matches = matchesFilter(filter);
  const upTo = feed.lastSeq;
  if (head !== '') yield head;
  for (let cursor = await feed.startOf(after, filter); cursor < upTo; ) {
    const part = await feed.read(cursor);
    if (part === undefined) return;
    const rows = part.events.filter((event) => event.seq <= upTo && matches(event)).map(row);
    if (rows.length > 0) yield rows.join('');
    cursor = part.cursor;
  }
}
