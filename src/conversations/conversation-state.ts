/*
 *   active --archive--> archived
 *   archived --reopen--> active        by hand, or by a message that is sent to it by its id
 *
 * An archived conversation is nobody's default any more: the next message to its agent begins a new one.
 */
export const conversationStates = ['active', 'archived'] as const;
export type ConversationState = (typeof conversationStates)[number];
export type ConversationVerb = 'archive' | 'reopen';

const moves: Readonly<Record<ConversationVerb, readonly [from: ConversationState, to: ConversationState]>> = {
  archive: ['active', 'archived'],
  reopen: ['archived', 'active'],
};

/** The state after the verb; undefined where the verb does not apply. */
export const afterVerb = (state: ConversationState, verb: ConversationVerb): ConversationState | undefined =>
  moves[verb][0] === state ? moves[verb][1] : undefined;

/** What brings a conversation into a state; undefined where it is in it. */
export const verbTo = (state: ConversationState, wanted: ConversationState): ConversationVerb | undefined =>
  (['archive', 'reopen'] as const).find((verb) => afterVerb(state, verb) === wanted);
