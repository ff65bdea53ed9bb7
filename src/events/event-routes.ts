import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageQuery } from '../http/paging.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { acceptsEventStream, streamEvents } from '../http/server-sent-events.js';
import { HubError } from '../lib/errors.js';
import type { EventFeed, FeedStep } from './event-feed.js';
import type { EventFilter } from './event-filter.js';
import { eventJson } from './event-json.js';
import { EventQuery, EventView, filterOf } from './event-schema.js';

const EventPageView = Type.Object({
  items: Type.Array(EventView),
  nextCursor: Type.Union([Type.String(), Type.Null()], {
    description: 'null where this page reaches the newest event',
  }),
  lastSeq: Type.Integer({ description: 'Events were looked at up to this number: where a reader goes on' }),
});

const description = `A page of JSON, or with \`accept: text/event-stream\` a stream that goes on: \`id:\` is the number, \`Last-Event-ID\` is understood.
What is older than what is kept answers 410 cursor_expired.`;

export const eventRoutes =
  (feed: EventFeed, end: AbortSignal): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/events',
      {
        schema: operation({
          operationId: 'listEvents',
          summary: 'What happened, by number',
          description,
          tags: ['events'],
          querystring: Type.Object({ ...EventQuery.properties, ...pageQuery }, { additionalProperties: false }),
          answers: { 200: EventPageView },
          errors: ['cursor_expired'],
        }),
      },
      async (request: FastifyRequest<{ Querystring: EventQuery & { limit: number; cursor?: string } }>, reply) => {
        const { limit, cursor, ...texts } = request.query;
        const filter = filterOf(texts);
        const after = numberCursor(cursor) ?? texts.after;
        if (acceptsEventStream(request.headers.accept))
          return await followEvents({ request, reply, feed, filter, after, end });
        const start = after ?? 0;
        await checkKept(feed, after);
        const { events, scannedTo, isEnd } = await feed.page(start, filter, limit);
        const items = events.map(eventJson).join(',');
        const nextCursor = isEnd ? 'null' : `"${scannedTo}"`;
        return sendJson(reply, 200, `{"items":[${items}],"nextCursor":${nextCursor},"lastSeq":${scannedTo}}`);
      },
    );
  };

interface FollowRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly feed: EventFeed;
  readonly filter: EventFilter;
  readonly after: number | undefined;
  readonly end: AbortSignal;
}

const followEvents = async ({ request, reply, feed, filter, after, end }: FollowRequest): Promise<void> => {
  const lastId = request.headers['last-event-id'];
  const cursor = typeof lastId === 'string' && /^\d{1,16}$/.test(lastId) ? Number(lastId) : after;
  await checkKept(feed, cursor);
  const start = cursor ?? feed.lastSeq;
  await streamEvents(reply, (signal) => asChunks(feed.follow({ after: start, filter, signal })), end);
};

/** A cursor of 0 means everything that is kept. @throws cursor_expired */
const checkKept = async (feed: EventFeed, cursor: number | undefined): Promise<void> => {
  if (cursor === undefined || cursor === 0) return;
  const oldestSeq = await feed.oldestSeq();
  if (cursor < oldestSeq - 1)
    throw new HubError(
      'cursor_expired',
      `Events up to ${oldestSeq - 1} are not kept any more; the oldest is ${oldestSeq}.`,
    );
};

async function* asChunks(steps: AsyncIterable<FeedStep>): AsyncGenerator<string> {
  for await (const step of steps) {
    if (step.kind === 'reset') yield `event: reset\ndata: {"oldestSeq":${step.oldestSeq}}\n\n`;
    else yield step.events.map((event) => `id: ${event.seq}\ndata: ${eventJson(event)}\n\n`).join('');
  }
}
