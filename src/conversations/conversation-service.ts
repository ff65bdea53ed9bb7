import type { Database } from '../db/database.js';
import type { Handle, Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import { searchWords } from '../lib/search-words.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { historyOf } from './conversation-history.js';
import { conversationNotFound } from './conversation-not-found.js';
import type {
  ConversationPatch,
  ConversationQuery,
  ConversationView,
  ForkRequest,
  NewConversation,
} from './conversation-schema.js';
import { reopenConversation, setTitle, startConversation } from './conversation-start.js';
import { type ConversationState, verbTo } from './conversation-state.js';
import { type ConversationRow, conversationStore } from './conversation-store.js';
import type { HistoryPage } from './conversation-types.js';
import { conversationViews, type Searched } from './conversation-view.js';
import { historyStore } from './history-store.js';
import { participantStore } from './participant-store.js';

export interface Fork {
  readonly from: string;
  readonly to: string;
  /** Key of the last message that both share. */
  readonly through: number;
  /** Nothing of the conversation came after that. */
  readonly isOfNow: boolean;
  readonly now: number;
}

/** What other folders keep of a conversation. */
export interface ConversationFollower {
  forked?(tx: Transaction, fork: Fork): Awaitable<void>;
  removed?(tx: Transaction, id: string): Awaitable<void>;
  /** Nothing that was said in it is kept any more, and so it is not kept either. */
  faded?(tx: Transaction, id: string): Awaitable<void>;
}

/** The messages of a conversation, as far as removing it must know them. */
export interface ConversationMessages {
  countOpen(tx: Transaction, id: string): Awaitable<number>;
  /** Those that are open become cancelled. */
  cancelOpen(tx: Transaction, id: string): Awaitable<number>;
  /** Some of those that are over, with their deliveries. @returns how many; 0 where none is left */
  removeSome(tx: Transaction, id: string): Awaitable<number>;
}

export interface ConversationServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly messages: ConversationMessages;
  readonly followers: readonly ConversationFollower[];
}

const EXPORT_PAGE = 200;
const MOST_HEARD = 200;

export class ConversationService {
  readonly #parts: ConversationServiceParts;

  constructor(parts: ConversationServiceParts) {
    this.#parts = parts;
  }

  /** @throws module_not_found, conflict where the id is taken, invalid_request for an id of the hub's own form */
  async create({ id, title, participants = [] }: NewConversation): Promise<ConversationView> {
    this.#checkModules(participants);
    const { database, events, clock } = this.#parts;
    return await database.write(async (tx) => {
      await checkOwnId(tx, id);
      const now = clock.now();
      const made = await startConversation(tx, events, { id, title: title ?? null, now });
      for (const module of participants) await participantStore.join(tx, made, module, now);
      return await viewIn(tx, made);
    });
  }

  /** @throws conversation_not_found */
  async get(id: string): Promise<ConversationView> {
    return await viewIn(this.#parts.database.read, id);
  }

  /** Newest first. @returns the keys beside the views, to page by */
  async list(
    { q, module, state }: ConversationQuery,
    { below, limit }: { below: number | undefined; limit: number },
  ): Promise<{ readonly keys: readonly number[]; readonly views: readonly ConversationView[] }> {
    const { read } = this.#parts.database;
    const words = searchWords(q ?? '');
    const searched: Searched | undefined =
      q === undefined ? undefined : { query: q, matches: words === '' ? [] : await historyStore.matches(read, words) };
    const filter = {
      ...(module === undefined ? {} : { module }),
      ...(state === undefined ? {} : { state }),
      ...(searched === undefined ? {} : { ids: searched.matches.map((match) => match.conversation_id) }),
      ...(below === undefined ? {} : { below }),
    };
    const rows = await conversationStore.list(read, filter, limit);
    return { keys: rows.map(({ key }) => key), views: await conversationViews(read, rows, searched) };
  }

  /** @throws conversation_not_found, module_not_found */
  async update(id: string, { title, state, participants }: ConversationPatch): Promise<ConversationView> {
    const { database, events, clock } = this.#parts;
    this.#checkModules(participants ?? []);
    return await database.write(async (tx) => {
      const row = await rowIn(tx, id);
      const now = clock.now();
      const isNewTitle = title !== undefined && title !== row.title;
      if (isNewTitle) await setTitle(tx, id, title, now);
      if (participants !== undefined) {
        await participantStore.removeAll(tx, id);
        for (const module of participants) await participantStore.join(tx, id, module, now);
      }
      if (isNewTitle || participants !== undefined) {
        const data = { ...(isNewTitle ? { title } : {}), ...(participants === undefined ? {} : { participants }) };
        await events.append(tx, { type: 'conversation.updated', at: now, conversationId: id, data });
      }
      if (state !== undefined) await this.#bringTo(tx, row, state, now);
      return await viewIn(tx, id);
    });
  }

  /** The id of the fork. @throws conversation_not_found, message_not_found, conflict, invalid_request */
  async fork(id: string, { id: ownId, title, through }: ForkRequest): Promise<ConversationView> {
    const { database, events, clock, followers } = this.#parts;
    return await database.write(async (tx) => {
      const parent = await rowIn(tx, id);
      await checkOwnId(tx, ownId);
      const spans = await historyOf(tx, id);
      const [newest] = await historyStore.page(tx, spans, { order: 'desc', limit: 1 });
      const last = through === undefined ? (newest?.id ?? 0) : fromPublicId('msg', through);
      if (last === undefined || (through !== undefined && !(await historyStore.isIn(tx, spans, last))))
        throw new HubError('message_not_found', `There is no message ${through} in ${id}.`);
      const now = clock.now();
      const start = { id: ownId, title: title ?? parent.title, fork: { of: id, after: last }, now };
      const made = await startConversation(tx, events, start);
      await participantStore.copyAll(tx, id, made, now);
      const fork = { from: id, to: made, through: last, isOfNow: last === (newest?.id ?? 0), now };
      for (const follower of followers) await follower.forked?.(tx, fork);
      const data = { forkId: made, ...(last === 0 ? {} : { through: `msg_${last}` }) };
      await events.append(tx, { type: 'conversation.forked', at: now, conversationId: id, data });
      return await viewIn(tx, made);
    });
  }

  /**
   * With its messages, their deliveries and what agents keep of it; the event log keeps that it was. Long ones go in steps, so one that
   * breaks off can be begun again. @throws conversation_not_found, conversation_in_use unless `isForced`
   */
  async remove(id: string, isForced: boolean): Promise<void> {
    const { database, messages } = this.#parts;
    const acting = keepActing();
    const removeSome = async (tx: Transaction): Promise<number> => {
      if (isForced) await messages.cancelOpen(tx, id);
      return await messages.removeSome(tx, id);
    };
    const removeRest = async (tx: Transaction): Promise<void> => {
      await this.#checkRemovable(tx, id, isForced);
      while ((await messages.removeSome(tx, id)) > 0);
      await this.#removeRow(tx, id);
    };
    await database.write((tx) => this.#checkRemovable(tx, id, isForced));
    for (let removed = 1; removed > 0; ) removed = await acting(() => database.write(removeSome));
    await acting(() => database.write(removeRest));
  }

  /** The history from its first message on, or from its last one back. @throws conversation_not_found */
  async messages(id: string, page: HistoryPage): Promise<MessageRow[]> {
    const { read } = this.#parts.database;
    return await historyStore.page(read, await historyOf(read, id), page);
  }

  /** All of it, in pages. */
  async *pages(id: string): AsyncGenerator<readonly MessageRow[]> {
    const { read } = this.#parts.database;
    const spans = await historyOf(read, id);
    for (let after = 0; ; ) {
      const page = await historyStore.page(read, spans, { order: 'asc', limit: EXPORT_PAGE, after });
      yield page;
      after = page.at(-1)?.id ?? after;
      if (page.length < EXPORT_PAGE) return;
    }
  }

  /** What was said before a message, oldest first, and how many messages before that are too many to read. */
  async heardBefore(
    id: string,
    messageId: number,
  ): Promise<{ readonly rows: readonly MessageRow[]; readonly earlier: number }> {
    const { read } = this.#parts.database;
    const found = { messageId, limit: MOST_HEARD };
    const { rows, count } = await historyStore.before(read, await historyOf(read, id), found);
    return { rows: rows.reverse(), earlier: count - rows.length };
  }

  async #bringTo(tx: Transaction, { id, state }: ConversationRow, wanted: ConversationState, now: number) {
    const verb = verbTo(state as ConversationState, wanted);
    const { events } = this.#parts;
    if (verb === 'reopen') await reopenConversation(tx, events, id, now);
    if (verb !== 'archive' || (await conversationStore.archive(tx, id, now)) === 0) return;
    await events.append(tx, { type: 'conversation.archived', at: now, conversationId: id, data: {} });
  }

  async #checkRemovable(tx: Transaction, id: string, isForced: boolean): Promise<void> {
    await rowIn(tx, id);
    const { messages } = this.#parts;
    if (isForced) return void (await messages.cancelOpen(tx, id));
    const [open, forks] = [await messages.countOpen(tx, id), await conversationStore.forksOf(tx, id)];
    if (open === 0 && forks.length === 0) return;
    const why = open > 0 ? `has ${open} open deliveries` : `is where ${forks.slice(0, 3).join(', ')} was forked from`;
    const then = open > 0 ? 'they are cancelled' : 'the fork loses what came before it';
    throw new HubError('conversation_in_use', `${id} ${why}. With ?force=true ${then}.`);
  }

  async #removeRow(tx: Transaction, id: string): Promise<void> {
    const { events, clock, followers } = this.#parts;
    const now = clock.now();
    await setTitle(tx, id, null, now);
    await participantStore.removeAll(tx, id);
    await conversationStore.remove(tx, id);
    for (const follower of followers) await follower.removed?.(tx, id);
    await events.append(tx, { type: 'conversation.deleted', at: now, conversationId: id, data: {} });
  }

  #checkModules(names: readonly string[]): void {
    for (const name of names) this.#parts.modules.get(name);
  }
}

const rowIn = async (handle: Handle, id: string): Promise<ConversationRow> => {
  const row = await conversationStore.find(handle, id);
  if (row === undefined) throw conversationNotFound(id);
  return row;
};

const viewIn = async (handle: Handle, id: string): Promise<ConversationView> =>
  (await conversationViews(handle, [await rowIn(handle, id)]))[0]!;

const checkOwnId = async (tx: Transaction, id: string | undefined): Promise<void> => {
  if (id === undefined) return;
  if (fromPublicId('conv', id) !== undefined)
    throw new HubError('invalid_request', `${id} looks like an id that the hub gives.`, {
      errors: [{ pointer: '/id', message: 'must not look like conv_12' }],
    });
  if ((await conversationStore.find(tx, id)) !== undefined)
    throw new HubError('conflict', `There is a conversation ${id} already.`);
};
