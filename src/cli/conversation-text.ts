import type { Conversation, Message } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Colors } from './colors.js';
import { plainText } from './plain-text.js';

/** To read, as a chat. */
export const chatText = (view: Conversation, messages: readonly Message[], colors: Colors): string => {
  const { id, title, state, participants, messageCount } = view;
  const head = `${colors.bold(title ?? id)}  ${colors.dim(`${id}, ${state}, ${participants.join(', ')}`)}`;
  const left = messageCount - messages.length;
  const more = left > 0 ? [colors.dim(`(${left} earlier messages; --limit shows more)`)] : [];
  return [head, ...more, ...messages.map((message) => said(message, colors))].join('\n\n');
};

const said = (message: Message, colors: Colors): string => {
  const { from, to, id, createdAt, payload } = message;
  const head = `${colors.cyan(from)} ${colors.dim(`to ${to ?? 'all'}, ${ageText(createdAt)} ago, ${id}`)}`;
  return `${head}\n${wordsOf(payload)}`;
};

/** What an agent answered, else what it was asked, else all of it. */
const wordsOf = (payload: unknown): string => {
  const { response, message, text } = (payload ?? {}) as Partial<Record<string, unknown>>;
  const words = [response, message, text].find((each) => typeof each === 'string');
  return words === undefined ? JSON.stringify(payload, null, 2) : plainText(String(words));
};
