/** The part of a Messages API request that the offline API reads. */
export interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly tools?: readonly unknown[];
  readonly messages?: readonly RequestMessage[];
  readonly metadata?: { readonly user_id?: string };
}

export interface RequestMessage {
  readonly role: string;
  readonly content: string | readonly RequestBlock[];
}

export interface RequestBlock {
  readonly type: string;
  readonly text?: string;
  readonly content?: unknown;
}

/** What the user said last, and what the tools have answered since then. */
export interface NewestTurn {
  readonly text: string;
  readonly toolResults: readonly string[];
}

/**
 * Only the last text counts: after an interrupt the CLI sends the broken-off prompt and the new one in a row,
 * and the directives of the old one must not run again.
 */
export function newestTurn(request: MessagesRequest): NewestTurn {
  let text = '';
  let toolResults: string[] = [];
  for (const block of userBlocks(request)) {
    if (block.type === 'tool_result') toolResults.push(plainText(block.content));
    const said = block.type === 'text' ? withoutReminders(block.text ?? '') : '';
    if (said) [text, toolResults] = [said, []];
  }
  return { text, toolResults };
}

/** The small requests that the CLI makes for itself, such as a title, offer no tools and ask the small model. */
export function isSideRequest(request: MessagesRequest): boolean {
  return !request.tools?.length && (request.model ?? '').includes('haiku');
}

/** Four characters a token: near enough for plausible costs. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

export function inputTokensOf({ system, tools, messages }: MessagesRequest): number {
  return tokensOf(JSON.stringify({ system, tools, messages }));
}

function* userBlocks(request: MessagesRequest): Generator<RequestBlock> {
  for (const { role, content } of request.messages ?? []) {
    if (role !== 'user') continue;
    if (typeof content === 'string') yield { type: 'text', text: content };
    else yield* content;
  }
}

function withoutReminders(text: string): string {
  return text.replace(/<system-reminder>.*?(<\/system-reminder>|$)/gs, '').trim();
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return withoutReminders(content);
  if (!Array.isArray(content)) return '';
  return withoutReminders(content.map((block: RequestBlock) => block.text ?? '').join('\n'));
}
