import type { HubEvent, Message } from '../client/hub-types.js';
import { clockText } from './age.js';
import type { Colors } from './colors.js';
import { cellText } from './table.js';

const LONGEST_DATA = 200;

const colorOf: readonly (readonly [RegExp, keyof Colors])[] = [
  [/\.(died|failed|crashed|expired|file_rejected)$/, 'red'],
  [/\.(completed|succeeded|registered|started)$/, 'green'],
  [/\.(retried|released|cancelled|interrupted|retrying|requested)$/, 'yellow'],
  [/^message\./, 'cyan'],
];

/** An event on one line: when, what, about what, and the rest. */
export const eventLine = ({ type, at, subject, data }: HubEvent, colors: Colors, message?: Message): string => {
  const color = colorOf.find(([pattern]) => pattern.test(type))?.[1];
  const name = type.padEnd(20);
  const about = Object.values(subject).join(' ');
  const rest = message === undefined ? detailOf(data) : `${message.from}: ${message.type} ${cellText(message.payload)}`;
  const colored = color === undefined ? name : (colors[color] as (text: string) => string)(name);
  return `${colors.dim(clockText(at))}  ${colored}  ${about}  ${colors.dim(cut(rest))}`.trimEnd();
};

const detailOf = (data: object): string => {
  const { text, kind } = data as { text?: string; kind?: string };
  if (text !== undefined && kind !== undefined) return `${kind}: ${cellText(text)}`;
  return Object.entries(data)
    .map(([name, value]) => `${name}=${cellText(value)}`)
    .join(' ');
};

const cut = (text: string): string => (text.length <= LONGEST_DATA ? text : `${text.slice(0, LONGEST_DATA - 1)}…`);
