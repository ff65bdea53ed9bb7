import type { TaskView } from './task-schema.js';

const columns = [
  'id',
  'title',
  'kind',
  'state',
  'percent',
  'weight',
  'total',
  'done',
  'parentId',
  'dependsOn',
  'assignee',
  'createdBy',
  'messageId',
  'attempt',
  'note',
  'result',
  'error',
  'errorCount',
  'warningCount',
  'createdAt',
  'updatedAt',
  'startedAt',
  'endedAt',
] as const satisfies readonly (keyof TaskView)[];

/** RFC 4180: lines end with CRLF, a quote within quotes is doubled. */
export const csvHeader = `${columns.join(',')}\r\n`;

export const csvLine = (task: TaskView): string => `${columns.map((column) => cell(task[column])).join(',')}\r\n`;

const cell = (value: unknown): string => {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = harmless(
    Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : JSON.stringify(value),
  );
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A spreadsheet would run what begins so as a formula. The apostrophe tells it that this is text. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
