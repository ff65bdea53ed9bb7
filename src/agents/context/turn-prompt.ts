import type { Descriptor } from '../../modules/module-schema.js';

export interface Request {
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly senderDescriptor: Descriptor | undefined;
  readonly isReply: boolean;
  readonly payload: unknown;
}

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

/** The words that begin a turn. */
export const turnPromptOf = ({ id, type, sender, senderDescriptor, isReply, payload }: Request): string => {
  const { text, data } = requestParts(payload);
  const about = senderDescriptor?.description === undefined ? '' : ` (${senderDescriptor.description})`;
  return [
    `${isReply ? 'Reply' : 'Message'} ${id} of type ${type} from ${sender}${about}:`,
    text === '' ? undefined : text,
    data === undefined ? undefined : `Data:\n${JSON.stringify(data)}`,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
};
