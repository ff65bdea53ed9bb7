import { eventOperations } from './events/event-stream-routes.js';
import { PingFrame, UnsubscribeFrame } from './http/asyncapi-frames.js';
import { asyncApiRoutes } from './http/asyncapi-routes.js';
import { withFreshMemory } from './http/fresh-memory.js';
import type { RoutePlugin } from './http/server.js';
import { frameParser } from './http/socket-frame.js';
import type { SocketOperations } from './http/socket-session.js';
import { streamRoutes } from './http/stream-routes.js';
import { streamDocument } from './hub-frames.js';
import type { HubParts } from './hub-parts.js';
import type { HubLife } from './hub-routes.js';
import { consumeOperations } from './messages/consume-routes.js';
import { ConsumeService } from './messages/consume-service.js';
import { sendOperations } from './messages/message-stream-routes.js';

/** The WebSocket, put together: everything that a frame can ask for, and the document of it. */
export const hubStream = (parts: HubParts, { isDraining, draining, sessions }: HubLife): readonly RoutePlugin[] => {
  const consumes = new ConsumeService({ ...parts, draining });
  const operations = operationsOf(parts, consumes, isDraining);
  const { catchUp } = parts.database;
  return [
    streamRoutes({
      authenticators: parts,
      operations: catchUp === undefined ? operations : withFreshMemory(operations, catchUp),
      welcome: () => ({ epoch: parts.epoch, seq: parts.feed.lastSeq }),
      sessions,
      ended: () => consumes.stop(),
    }),
    asyncApiRoutes(streamDocument),
  ];
};

const operationsOf = (
  { feed, broadcast, messages }: HubParts,
  consumes: ConsumeService,
  isDraining: () => boolean,
): SocketOperations => {
  const events = eventOperations(feed, broadcast);
  const parseUnsubscribe = frameParser(UnsubscribeFrame);
  const parsePing = frameParser(PingFrame);
  return {
    ...sendOperations(messages, isDraining),
    ...consumeOperations(consumes, isDraining),
    subscribe: async (session, frame) => {
      session.requireFree(String(frame.id));
      return await events.subscribe!(session, frame);
    },
    /** A subscription and a consume end alike. */
    unsubscribe: async (session, frame) =>
      (await consumes.end(session, parseUnsubscribe(frame).id)) ?? (await events.unsubscribe!(session, frame)),
    ping: async (_session, frame) => void parsePing(frame),
  };
};
