import type { Frame, SocketOperation, SocketSession } from '../http/socket-session.js';
import { textFrame } from '../http/text-frame.js';
import { HubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import type { EventBroadcast } from './event-broadcast.js';
import type { EventFeed } from './event-feed.js';
import { type EventFilter, matchesFilter } from './event-filter.js';
import { eventTail } from './event-json.js';
import { filterOf, SubscribeFrame } from './event-schema.js';
import type { StoredEvent } from './event-types.js';

const MOST_SUBSCRIPTIONS = 64;

const problemsOf = bodyValidator(SubscribeFrame);

/** The operations of a socket that concern events: subscribe, unsubscribe. */
export const eventOperations = (
  feed: EventFeed,
  broadcast: EventBroadcast,
): Readonly<Record<string, SocketOperation>> => {
  const subscriptions = new WeakMap<SocketSession, Map<string, AbortController>>();
  const of = (session: SocketSession): Map<string, AbortController> => {
    const known = subscriptions.get(session) ?? new Map<string, AbortController>();
    subscriptions.set(session, known);
    return known;
  };
  return {
    subscribe: async (session, frame) => {
      const { id, filter = {}, after } = parseSubscribe(frame);
      const open = of(session);
      if (open.has(id)) throw new HubError('conflict', `There is a subscription ${JSON.stringify(id)} already.`);
      if (open.size >= MOST_SUBSCRIPTIONS)
        throw new HubError('conflict', `A socket holds at most ${MOST_SUBSCRIPTIONS} subscriptions.`);
      const controller = new AbortController();
      const fitting = filterOf(filter);
      open.set(id, controller);
      const start = after ?? feed.lastSeq;
      const stop = (): void => controller.abort();
      session.signal.addEventListener('abort', stop, { once: true });
      session.start(
        id,
        pump({ feed, broadcast, session, id, filter: fitting, signal: controller.signal }, start).finally(() => {
          session.signal.removeEventListener('abort', stop);
          open.delete(id);
        }),
      );
      return { after: start };
    },
    unsubscribe: async (session, frame) => {
      const id = String(frame.id);
      const controller = of(session).get(id);
      if (controller === undefined) throw new HubError('conflict', `There is no subscription ${JSON.stringify(id)}.`);
      controller.abort();
      return {};
    },
    ping: async () => undefined,
  };
};

interface Subscription {
  readonly feed: EventFeed;
  readonly broadcast: EventBroadcast;
  readonly session: SocketSession;
  readonly id: string;
  readonly filter: EventFilter;
  readonly signal: AbortSignal;
}

/** Reads what was at the pace of the reader, then hears what comes; and again, where it falls behind. */
const pump = async (subscription: Subscription, after: number): Promise<void> => {
  const { broadcast, session, id, filter, signal } = subscription;
  const head = Buffer.from(`{"op":"event","sub":${JSON.stringify(id)},`);
  const frame = (event: StoredEvent): Buffer => textFrame([head, eventTail(event)]);
  const reader = { write: (bytes: Buffer) => session.write(bytes) };
  await new Promise(setImmediate); // the ok goes first
  for (let cursor = after; !signal.aborted; ) {
    cursor = await catchUp(subscription, cursor, frame);
    cursor = await broadcast.hear({ filter, name: id, frame }, reader, { cursor, signal });
    await session.room();
  }
};

/** @returns the number up to which the reader has what is there */
const catchUp = async (
  { feed, session, id, filter, signal }: Subscription,
  start: number,
  frame: (event: StoredEvent) => Buffer,
): Promise<number> => {
  const matches = matchesFilter(filter);
  let cursor = start;
  for (;;) {
    const part = await feed.read(cursor);
    if (part === undefined || signal.aborted) return cursor;
    if (part.resetTo !== undefined)
      session.send(`{"op":"reset","sub":${JSON.stringify(id)},"oldestSeq":${part.resetTo}}`);
    for (const event of part.events)
      if (matches(event) && !session.write(frame(event))) {
        await session.room();
        if (signal.aborted) return cursor;
      }
    cursor = part.cursor;
  }
};

const parseSubscribe = (frame: Frame): SubscribeFrame => {
  const errors = problemsOf(frame);
  if (errors.length > 0)
    throw new HubError(
      'invalid_request',
      `The subscribe frame is not valid: ${errors[0]?.pointer} ${errors[0]?.message}.`,
      { errors },
    );
  return frame as unknown as SubscribeFrame;
};
