import { spokenOf } from '../../conversations/spoken-text.js';
import type { MessageRow } from '../../db/tables.js';
import { toRfc3339 } from '../../lib/clock.js';
import type { ContextValues } from './context-variables.js';
import { cutText, dataBlock } from './data-block.js';
import { tokensOf } from './tokens.js';

const LONGEST_ENTRY = 16_000;

/** What was said before, as a text that can lose its oldest messages. */
export interface History {
  /** How many there are. */
  readonly messages: number;
  /** How many could not even be looked at, being too many. */
  readonly omitted: number;
  values(omitted: number): ContextValues;
  /** How many must be left out, beyond those that are, so that so many tokens are saved. */
  omittedToSave(omitted: number, tokens: number): number;
}

/** @param rows oldest first; `earlier` stand before them and were not read */
export const historyText = (rows: readonly MessageRow[], earlier: number): History => {
  const entries = rows.map(entryOf);
  return {
    messages: earlier + entries.length,
    omitted: earlier,
    values: (omitted) => ({
      'history.text':
        omitted < earlier + entries.length ? dataBlock('history', entries.slice(omitted - earlier).join('\n\n')) : '',
      'history.omitted': omitted === 0 ? '' : String(omitted),
    }),
    omittedToSave: (omitted, tokens) => {
      let saved = 0;
      let next = omitted;
      for (; saved < tokens && next - earlier < entries.length; next++) saved += tokensOf(entries[next - earlier]!);
      return next;
    },
  };
};

const entryOf = (message: MessageRow): string => {
  const { text, data } = spokenOf(JSON.parse(message.payload));
  const to = message.recipient ?? (message.channel === null ? 'all' : `#${message.channel}`);
  const head = `[${message.sender} to ${to}, ${toRfc3339(message.created_at)}, ${message.type}]`;
  const said = [head, ...(text === '' ? [] : [text]), ...(data === undefined ? [] : [JSON.stringify(data)])].join('\n');
  return said.length > LONGEST_ENTRY ? `${cutText(said, LONGEST_ENTRY)}… (cut)` : said;
};
