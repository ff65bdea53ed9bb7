/**
 * What is said in a message, for a chat.
 * @typedef {import('./shapes.js').Message} Message
 */

/** The words of it, or undefined where it is only data. @param {Message} message @returns {string | undefined} */
export const wordsOf = ({ payload }) => {
  if (typeof payload === 'string') return payload;
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { response, message, text, error } = /** @type {Record<string, any>} */ (payload);
  for (const each of [response, typeof error === 'object' ? error?.message : error, message, text])
    if (typeof each === 'string' && each !== '') return each;
  return undefined;
};

/** Whether an agent answered with what went wrong. @param {Message} message */
export const isFailure = ({ payload }) =>
  typeof payload === 'object' && payload !== null && /** @type {any} */ (payload).status === 'ERROR';

/**
 * Whom a new message goes from and to, unless a person says otherwise: as the conversation was begun, else as its last message.
 * @param {{ participants: readonly string[], default?: { sender: string, agent: string } }} conversation @param {readonly Message[]} messages
 */
export const nextParties = ({ participants, default: given }, messages) => {
  const first = messages.find(({ to, replyTo }) => to !== undefined && replyTo === undefined);
  const from = given?.sender ?? first?.from ?? participants[0] ?? '';
  const to = given?.agent ?? first?.to ?? participants.find((each) => each !== from) ?? '';
  return { from, to };
};
