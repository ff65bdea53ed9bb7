/** What a list of conversations is narrowed to: all that is named must fit. */
export interface ConversationFilter {
  /** Who takes part. */
  readonly module?: string;
  readonly state?: string;
  readonly ids?: readonly string[];
  /** Only those with a smaller key. */
  readonly below?: number;
}

/** A part of a history: the messages of one conversation up to a key, or all. */
export interface HistorySpan {
  readonly conversationId: string;
  readonly upTo: number | undefined;
}

/** Which messages of a history. */
export interface HistoryPage {
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** The message that the page begins after, in its order. */
  readonly after?: number | undefined;
}
