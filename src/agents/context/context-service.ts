import type { ConversationService } from '../../conversations/conversation-service.js';
import type { MessageRow } from '../../db/tables.js';
import type { MessageService } from '../../messages/message-service.js';
import type { ModuleDirectory } from '../../modules/module-directory.js';
import type { Answerer, BuiltContext, ContextBuilder, TurnRequest } from './context-builder.js';
import { errorOf } from './context-values.js';
import { type History, historyText } from './history-text.js';
import type { ContextView } from './template-schema.js';
import type { TemplateService } from './template-service.js';
import { type TemplateKind, templateKinds } from './template-types.js';

export interface ContextServiceParts {
  readonly builder: ContextBuilder;
  readonly templates: TemplateService;
  readonly modules: ModuleDirectory;
  readonly messages: Pick<MessageService, 'get'>;
  readonly conversations: ConversationService;
}

/** What is said to an agent. */
export interface ToldTurn {
  readonly blocks: readonly string[];
  /** Messages of before that it is told again; undefined where there is nothing to tell. */
  readonly retold: { readonly messages: number; readonly omitted: number; readonly tokens: number } | undefined;
}

export interface ContextQuestion {
  readonly from?: string | undefined;
  readonly template?: string | undefined;
  readonly message?: number | undefined;
}

/** Gathers what a turn is about, and has it made into words: for turns, and for those who look. */
export class ContextService {
  readonly #parts: ContextServiceParts;

  constructor(parts: ContextServiceParts) {
    this.#parts = parts;
  }

  async system(answerer: Answerer): Promise<string> {
    return (await this.#parts.builder.system(answerer)).text;
  }

  /** The words that begin the turn of a message. An agent that does not remember the conversation is told what was said. */
  async turn(answerer: Answerer, message: MessageRow, remembers: boolean): Promise<ToldTurn> {
    const history = remembers ? undefined : await this.#historyBefore(message);
    const kind = kindOf(message, { remembers, history });
    const { blocks, tokens, omittedMessages } = await this.#parts.builder.turn(
      answerer,
      this.#request(message, history, kind),
    );
    const retold = history && { messages: history.messages - omittedMessages, omitted: omittedMessages, tokens };
    return { blocks, retold };
  }

  /** @throws module_not_found, message_not_found, template_not_found */
  async show(name: string, { from, template, message: id }: ContextQuestion): Promise<ContextView> {
    const { builder, templates, modules, messages } = this.#parts;
    const answerer = modules.get(name);
    const asker = modules.get(from ?? name);
    if (template !== undefined) await templates.get(template.split('@')[0]!);
    const system = await builder.system(answerer);
    const message = id === undefined ? undefined : await messages.get(id);
    const request =
      message === undefined
        ? sampleOf(asker.name, asker.descriptor, kindNamed(template))
        : await this.#requestAnew(message, kindNamed(template));
    const isKind = template === undefined || kindNamed(template) !== undefined;
    const turn = await builder.turn(answerer, { ...request, ...(isKind ? {} : { template }) });
    return {
      module: name,
      from: request.asker.name,
      tokenBudget: builder.budgetOf(answerer),
      tokens: system.tokens + turn.tokens,
      system: shown(system),
      turn: { ...shown(turn), omittedMessages: turn.omittedMessages },
    };
  }

  /** As for an agent that does not remember the conversation. */
  async #requestAnew(message: MessageRow, kind: TemplateKind | undefined): Promise<TurnRequest> {
    const history = await this.#historyBefore(message);
    return this.#request(message, history, kind ?? kindOf(message, { remembers: false, history }));
  }

  #request(message: MessageRow, history: History | undefined, kind: TemplateKind): TurnRequest {
    const payload: unknown = JSON.parse(message.payload);
    const asked = {
      id: `msg_${message.id}`,
      type: message.type,
      replyTo: message.reply_to === null ? undefined : `msg_${message.reply_to}`,
      payload,
    };
    const asker = { name: message.sender, descriptor: this.#parts.modules.find(message.sender)?.descriptor };
    return { kind, asker, message: asked, history };
  }

  async #historyBefore(message: MessageRow): Promise<History | undefined> {
    if (message.conversation_id === null) return undefined;
    const { rows, earlier } = await this.#parts.conversations.heardBefore(message.conversation_id, message.id);
    return rows.length === 0 ? undefined : historyText(rows, earlier);
  }
}

const kindOf = (
  message: MessageRow,
  { remembers, history }: { readonly remembers: boolean; readonly history: History | undefined },
): TemplateKind => {
  if (message.reply_to !== null) return errorOf(JSON.parse(message.payload)) === '' ? 'response' : 'error';
  if (history !== undefined) return 'multi-turn';
  return remembers ? 'follow-up' : 'query';
};

const kindNamed = (name: string | undefined): TemplateKind | undefined => templateKinds.find((kind) => kind === name);

const sampleOf = (
  name: string,
  descriptor: TurnRequest['asker']['descriptor'],
  kind: TemplateKind = 'query',
): TurnRequest => {
  const isReply = kind === 'response' || kind === 'error';
  const error = { error: { code: 'error_code', message: 'What went wrong.' } };
  return {
    kind,
    asker: { name, descriptor },
    message: {
      id: 'msg_0',
      type: isReply ? 'request.response' : 'request',
      replyTo: isReply ? 'msg_1' : undefined,
      payload: { message: '(what is asked)', ...(kind === 'error' ? error : {}) },
    },
  };
};

const shown = ({ text, tokens, parts, leftOut, template }: BuiltContext) => ({
  text,
  tokens,
  template: {
    name: template.template.name,
    source: template.source,
    ...(template.revision === undefined ? {} : { revision: template.revision }),
    ...(template.template.version === undefined ? {} : { version: template.template.version }),
    ...(template.note === undefined ? {} : { note: template.note }),
  },
  parts: parts.map((part) => ({ name: part.name, tokens: part.tokens })),
  leftOut: [...leftOut],
});
