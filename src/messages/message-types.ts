/** What a list of messages is narrowed to: all that is named must fit. */
export interface MessageFilter {
  readonly from?: string;
  readonly to?: string;
  readonly channel?: string;
  readonly type?: string;
  readonly state?: string;
  readonly correlationId?: string;
  readonly conversationId?: string;
  /** Words in the payload. */
  readonly q?: string;
  /** Instants. */
  readonly after?: number;
  readonly before?: number;
  /** Only those with a smaller id. */
  readonly below?: number;
}
