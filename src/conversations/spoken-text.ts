import { textsIn } from '../lib/search-words.js';

export interface Spoken {
  /** What is said, in words; empty where the payload is nothing but data. */
  readonly text: string;
  /** The rest; undefined where there is none. */
  readonly data: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an agent's reply carries besides its answer says again what the request and the turn say. */
const isAgentReply = (payload: Fields): boolean => 'turnId' in payload && 'status' in payload && 'response' in payload;

/** A payload as people read it: its words, and the data that came with them. */
export const spokenOf = (payload: unknown): Spoken => {
  if (typeof payload === 'string') return { text: payload, data: undefined };
  if (!isObject(payload)) return { text: '', data: payload ?? undefined };
  if (isAgentReply(payload)) return agentReply(payload);
  const field = ['message', 'text', 'response'].find((name) => typeof payload[name] === 'string');
  if (field === undefined) return { text: '', data: isEmpty(payload) ? undefined : payload };
  const { [field]: text, ...data } = payload;
  return { text: text as string, data: isEmpty(data) ? undefined : data };
};

const agentReply = ({ response, error, data }: Fields): Spoken => {
  const problem = isObject(error) ? `${String(error.code)}: ${String(error.message)}` : undefined;
  return { text: problem ?? String(response), data };
};

const isEmpty = (value: Fields): boolean => Object.keys(value).length === 0;

const AROUND = 80;

/** The piece of a payload's texts in which one of the words stands; its beginning where no word stands in it as it is written. */
export const excerptOf = (payload: unknown, query: string): string => {
  const text = textsIn(payload).replaceAll(/\s+/g, ' ');
  const lower = text.toLowerCase();
  const places = query
    .toLowerCase()
    .split(/\s+/)
    .map((word) => lower.indexOf(word));
  const place = places.find((at) => at >= 0) ?? 0;
  const start = Math.max(0, place - AROUND);
  const end = Math.min(text.length, place + AROUND);
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
};
