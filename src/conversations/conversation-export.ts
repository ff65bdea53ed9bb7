import type { MessageRow } from '../db/tables.js';
import { toRfc3339 } from '../lib/clock.js';
import { listJson, messageJson } from '../messages/message-json.js';
import type { ConversationView, ExportFormat } from './conversation-schema.js';
import { spokenOf } from './spoken-text.js';

export const exportTypes: Readonly<Record<ExportFormat, { readonly mediaType: string; readonly extension: string }>> = {
  json: { mediaType: 'application/json; charset=utf-8', extension: 'json' },
  jsonl: { mediaType: 'application/x-ndjson; charset=utf-8', extension: 'jsonl' },
  markdown: { mediaType: 'text/markdown; charset=utf-8', extension: 'md' },
};

export const historyPageJson = (rows: readonly MessageRow[], limit: number): string => {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return listJson(rows.map(messageJson), last === undefined ? null : String(last.id));
};

/** Of letters that every file system takes. */
export const exportFileName = ({ id }: ConversationView, format: ExportFormat): string =>
  `${id.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}.${exportTypes[format].extension}`;

/** The whole conversation in one of the formats, a page of messages at a time. */
export async function* exportOf(
  view: ConversationView,
  pages: AsyncIterable<readonly MessageRow[]>,
  format: ExportFormat,
): AsyncGenerator<string> {
  const { head, between, tail, of } = writers[format](view);
  yield head;
  let isFirst = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield (isFirst ? '' : between) + page.map(of).join(between);
    isFirst = false;
  }
  yield tail;
}

interface Writer {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly of: (message: MessageRow) => string;
}

const writers: Readonly<Record<ExportFormat, (view: ConversationView) => Writer>> = {
  json: (view) => ({
    head: `{"conversation":${JSON.stringify(view)},"messages":[`,
    between: ',',
    tail: ']}\n',
    of: messageJson,
  }),
  jsonl: () => ({ head: '', between: '', tail: '', of: (message) => `${messageJson(message)}\n` }),
  markdown: (view) => ({ head: markdownHead(view), between: '', tail: '', of: markdownOf }),
};

const markdownHead = ({ id, title, participants, createdAt, forkedFrom }: ConversationView): string =>
  [
    `# ${oneLine(title ?? id)}`,
    `${id}, begun ${createdAt}, with ${participants.join(', ') || 'nobody yet'}`,
    ...(forkedFrom === undefined ? [] : [`Forked from ${forkedFrom.conversationId}`]),
  ].join('\n\n');

const markdownOf = (message: MessageRow): string => {
  const { text, data } = spokenOf(JSON.parse(message.payload));
  const to = message.recipient ?? (message.channel === null ? 'all' : `#${message.channel}`);
  return [
    `\n\n## ${message.sender} → ${to}`,
    `*${toRfc3339(message.created_at)} · ${message.type} · msg_${message.id}*`,
    ...(text === '' ? [] : [text.trimEnd()]),
    ...(data === undefined ? [] : [fenced(JSON.stringify(data, null, 2))]),
  ].join('\n\n');
};

/** The fence is longer than any in the text. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}json\n${text}\n${fence}`;
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
