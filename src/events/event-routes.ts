import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageQuery } from '../http/paging.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { acceptsEventStream, lastEventId, StreamTicket, streamEvents } from '../http/server-sent-events.js';
import { type ExportFormat, exportEvents, exportFormats } from './event-export.js';
import type { EventFeed, FeedStep } from './event-feed.js';
import type { EventFilter } from './event-filter.js';
import { eventJson } from './event-json.js';
import { EventQuery, EventView, filterOf } from './event-schema.js';
import type { StoredEvent } from './event-types.js';
import { requireKept } from './kept-events.js';

const CHUNK_CHARACTERS = 64 * 1024;

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
        config: { takesTicket: true },
        schema: operation({
          operationId: 'listEvents',
          summary: 'What happened, by number',
          description,
          tags: ['events'],
          querystring: Type.Object(
            { ...EventQuery.properties, ...pageQuery, ticket: StreamTicket },
            { additionalProperties: false },
          ),
          answers: { 200: EventPageView },
          errors: ['cursor_expired'],
        }),
      },
      async (
        request: FastifyRequest<{ Querystring: EventQuery & { limit: number; cursor?: string; ticket?: string } }>,
        reply,
      ) => {
        const { limit, cursor, ticket: _, ...texts } = request.query;
        const filter = filterOf(texts);
        const after = numberCursor(cursor) ?? texts.after;
        if (acceptsEventStream(request.headers.accept))
          return await followEvents({ request, reply, feed, filter, after, end });
        const start = after ?? 0;
        await requireKept(feed, after);
        const { events, scannedTo, isEnd } = await feed.page(start, filter, limit);
        const items = events.map(eventJson).join(',');
        const nextCursor = isEnd ? 'null' : `"${scannedTo}"`;
        return sendJson(reply, 200, `{"items":[${items}],"nextCursor":${nextCursor},"lastSeq":${scannedTo}}`);
      },
    );
  };

const exported = {
  description: 'The file, as it is written',
  content: {
    'application/x-ndjson': { schema: { type: 'string' } },
    'text/csv': { schema: { type: 'string' } },
  },
} as unknown as TSchema;

/** `GET /v1/events/export`: the audit trail. There is no address that changes or deletes an event. */
export const eventExportRoutes =
  (feed: EventFeed): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/events/export',
      {
        schema: operation({
          operationId: 'exportEvents',
          summary: 'The log as a file: who did what, and when',
          description: 'Streamed, from `after` on up to the newest event when it begins. With filters, only what fits.',
          tags: ['events'],
          querystring: Type.Object(
            {
              format: Type.Unsafe<ExportFormat>({
                ...Type.Enum(Object.keys(exportFormats)),
                default: 'jsonl',
                description: 'jsonl: an event a line, as in GET /v1/events; csv: a row an event, its data as JSON',
              }),
              ...EventQuery.properties,
            },
            { additionalProperties: false },
          ),
          answers: { 200: exported },
          errors: ['cursor_expired'],
        }),
      },
      async (request: FastifyRequest<{ Querystring: EventQuery & { format: ExportFormat } }>, reply) => {
        const { format, ...texts } = request.query;
        const filter = filterOf(texts);
        await requireKept(feed, texts.after);
        return reply
          .header('content-type', exportFormats[format].mediaType)
          .header('content-disposition', `attachment; filename="events.${format}"`)
          .send(Readable.from(exportEvents(feed, { after: texts.after ?? 0, filter, format })));
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
  const cursor = lastEventId(request) ?? after;
  await requireKept(feed, cursor);
  const start = cursor ?? feed.lastSeq;
  await streamEvents(reply, (signal) => asChunks(feed.follow({ after: start, filter, signal })), end);
};

async function* asChunks(steps: AsyncIterable<FeedStep>): AsyncGenerator<string> {
  for await (const step of steps) {
    if (step.kind === 'reset') yield `event: reset\ndata: {"oldestSeq":${step.oldestSeq}}\n\n`;
    else yield* chunksOf(step.events);
  }
}

/** As few as may be, but none so long that a reader who stops would cost much. */
function* chunksOf(events: readonly StoredEvent[]): Generator<string> {
  let chunk = '';
  for (const event of events) {
    chunk += `id: ${event.seq}\ndata: ${eventJson(event)}\n\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
