import type { Descriptor } from '../../modules/module-schema.js';
import type { ContextValues } from './context-variables.js';
import { dataBlock, oneLine } from './data-block.js';

const list = (words: readonly string[] | undefined): string => (words ?? []).map((word) => oneLine(word)).join(', ');
const schema = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));

/** Of the agent itself: its descriptor's own words, as they are. */
export const answererValues = (name: string, descriptor: Descriptor): ContextValues => ({
  'answerer.name': name,
  'answerer.version': descriptor.version ?? '',
  'answerer.description': descriptor.description ?? '',
  'answerer.capabilities': list(descriptor.capabilities),
  'answerer.consumes': list(descriptor.dataTypes?.consumes),
  'answerer.produces': list(descriptor.dataTypes?.produces),
  'answerer.inputSchema': schema(descriptor.inputSchema),
  'answerer.outputSchema': schema(descriptor.outputSchema),
  'answerer.systemPrompt': descriptor.systemPrompt ?? '',
});

/** Of who asks: another module's words, each in one line. */
export const askerValues = (name: string, descriptor: Descriptor | undefined, answerer: Descriptor): ContextValues => {
  const [theirs, ours] = [descriptor?.dataTypes ?? {}, answerer.dataTypes ?? {}];
  const common = (given: readonly string[] = [], taken: readonly string[] = []): string =>
    list(given.filter((type) => taken.includes(type)));
  return {
    'asker.name': name,
    'asker.version': oneLine(descriptor?.version ?? ''),
    'asker.description': oneLine(descriptor?.description ?? ''),
    'asker.capabilities': list(descriptor?.capabilities),
    'asker.consumes': list(theirs.consumes),
    'asker.produces': list(theirs.produces),
    'shared.toAnswerer': common(theirs.produces, ours.consumes),
    'shared.toAsker': common(ours.produces, theirs.consumes),
  };
};

export interface AskedMessage {
  readonly id: string;
  readonly type: string;
  readonly replyTo: string | undefined;
  readonly payload: unknown;
}

export const messageValues = ({ id, type, replyTo, payload }: AskedMessage): ContextValues => {
  const { text, data } = requestParts(payload);
  return {
    'message.id': id,
    'message.type': type,
    'message.text': text,
    'message.data': data === undefined ? '' : dataBlock('data', JSON.stringify(data)),
    'message.replyTo': replyTo ?? '',
    'message.error': errorOf(payload),
  };
};

/** `{"error": {"code", "message"}}`, as agents and programs reply when they fail; empty where nothing failed. */
export const errorOf = (payload: unknown): string => {
  const error = isObject(payload) ? payload.error : undefined;
  if (!isObject(error)) return '';
  return oneLine([error.code, error.message].filter((part) => typeof part === 'string').join(': '));
};

export interface RequestParts {
  /** What is asked, in words. */
  readonly text: string;
  /** The rest of the payload; undefined where there is none. */
  readonly data: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A payload's `message` (or `text`) string is the request, the rest is data. A payload that is a string is all request. */
export const requestParts = (payload: unknown): RequestParts => {
  if (typeof payload === 'string') return { text: payload, data: undefined };
  if (!isObject(payload)) return { text: '', data: payload };
  const field = ['message', 'text'].find((name) => typeof payload[name] === 'string');
  if (field === undefined) return { text: '', data: payload };
  const { [field]: text, ...data } = payload;
  return { text: text as string, data: Object.keys(data).length === 0 ? undefined : data };
};
