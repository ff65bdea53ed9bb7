import type { Generated } from 'kysely';

export interface ConversationTable {
  key: Generated<number>;
  id: string;
  /** Set on the one conversation that a sender has with an agent when it names none. */
  default_sender: string | null;
  default_agent: string | null;
  created_at: number;
  title: string | null;
  state: string;
  updated_at: number;
  /** Of a fork: the conversation whose messages up to `forked_after` are its history. */
  forked_from: string | null;
  forked_after: number | null;
}

/** The words of the messages that are in a conversation, and of its title: what a search looks through. */
export interface ConversationTextTable {
  id: Generated<number>;
  /** Null for the title. */
  message_id: number | null;
  conversation_id: string;
  words: string;
}

/** A revision of a template of what agents are told. */
export interface TemplateTable {
  id: Generated<number>;
  name: string;
  revision: number;
  /** JSON. */
  body: string;
  created_at: number;
}
