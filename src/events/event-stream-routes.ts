import type { Frame, SocketOperation, SocketSession } from '../http/socket-session.js';
import { HubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import type { EventFeed } from './event-feed.js';
import { eventFields } from './event-json.js';
import { filterOf, SubscribeFrame } from './event-schema.js';

const MOST_SUBSCRIPTIONS = 64;

const problemsOf = bodyValidator(SubscribeFrame);

/** The operations of a socket that concern events: subscribe, unsubscribe. */
export const eventOperations = (feed: EventFeed): Readonly<Record<string, SocketOperation>> => {
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
        pump(session, id, feed.follow({ after: start, filter: fitting, signal: controller.signal })).finally(() => {
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

const pump = async (session: SocketSession, id: string, steps: ReturnType<EventFeed['follow']>): Promise<void> => {
  const sub = JSON.stringify(id);
  for await (const step of steps) {
    if (step.kind === 'reset') session.send(`{"op":"reset","sub":${sub},"oldestSeq":${step.oldestSeq}}`);
    else for (const event of step.events) session.send(`{"op":"event","sub":${sub},${eventFields(event)}}`);
    await session.room();
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
