import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { acceptsEventStream, lastEventId, StreamTicket, streamEvents } from '../http/server-sent-events.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import { TurnDetails, TurnOutputView, TurnState, TurnView } from './turn-schema.js';
import { endOf, type TurnService, turnView } from './turn-service.js';

const tags = ['turns'] as const;
const params = Type.Object({ id: Type.String() });

const TurnQuery = Type.Object(
  {
    module: Type.Optional(Type.String()),
    state: Type.Optional(TurnState),
    message: Type.Optional(Type.String({ examples: ['msg_48213'] })),
    conversation: Type.Optional(Type.String()),
    ...pageQuery,
  },
  { additionalProperties: false },
);

interface ListRequest {
  Querystring: {
    module?: string;
    state?: string;
    message?: string;
    conversation?: string;
    limit: number;
    cursor?: string;
  };
}

interface OfTurn {
  Params: { id: string };
}

const keyOf = (publicId: string): number => {
  const key = fromPublicId('turn', publicId);
  if (key === undefined) throw new HubError('turn_not_found', `There is no turn ${JSON.stringify(publicId)}.`);
  return key;
};

export const turnRoutes =
  (turns: TurnService, end: AbortSignal): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/turns',
      {
        schema: operation({
          operationId: 'listTurns',
          summary: 'Turns of agents, newest first',
          tags,
          querystring: TurnQuery,
          answers: { 200: pageOf(TurnView) },
        }),
      },
      async (request: FastifyRequest<ListRequest>) => {
        const { limit, cursor, message, ...filter } = request.query;
        const below = numberCursor(cursor);
        const ofMessage = message === undefined ? {} : { message: fromPublicId('msg', message) ?? 0 };
        const rows = await turns.list({ ...filter, ...ofMessage, ...(below === undefined ? {} : { below }) }, limit);
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return { items: rows.map(turnView), nextCursor: last === undefined ? null : String(last.id) };
      },
    );
    app.get(
      '/v1/turns/:id',
      {
        schema: operation({
          operationId: 'getTurn',
          summary: 'One turn: times, tokens, cost, tools, how it ended',
          tags,
          params,
          answers: { 200: TurnDetails },
          errors: ['turn_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTurn>) => {
        const id = keyOf(request.params.id);
        return { ...turnView(await turns.get(id)), toolCalls: await turns.toolCalls(id) };
      },
    );
    app.get(
      '/v1/turns/:id/output',
      {
        config: { takesTicket: true },
        schema: operation({
          operationId: 'getTurnOutput',
          summary: 'What an agent said, or says',
          description:
            'The output so far as JSON, or with `accept: text/event-stream` from `after` (or `Last-Event-ID`) on and then live until the turn is over: the last block is `event: end` with its state.',
          tags,
          params,
          querystring: Type.Object(
            {
              after: Type.Integer({ minimum: 0, default: 0, description: 'Characters that the caller has' }),
              ticket: StreamTicket,
            },
            { additionalProperties: false },
          ),
          answers: { 200: TurnOutputView },
          errors: ['turn_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTurn & { Querystring: { after: number } }>, reply) => {
        const id = keyOf(request.params.id);
        const { after } = request.query;
        const { state } = await turns.get(id);
        if (acceptsEventStream(request.headers.accept))
          return await streamEvents(
            reply,
            (signal) => asChunks(turns, { id, after: lastEventId(request) ?? after, signal }),
            end,
          );
        const pieces = await turns.output(id, after);
        const text = pieces
          .filter(({ kind }) => kind === 'text')
          .map((piece) => piece.text)
          .join('');
        return { turnId: request.params.id, state, text, pieces, nextOffset: endOf(pieces, after) };
      },
    );
  };

/** The last block says how the turn ended, so that a client need not ask. */
async function* asChunks(
  turns: TurnService,
  { id, after, signal }: { id: number; after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  for await (const { kind, offset, text } of turns.follow(id, after, signal))
    yield `id: ${offset + text.length}\ndata: ${JSON.stringify({ kind, offset, text })}\n\n`;
  yield `event: end\ndata: ${JSON.stringify({ state: (await turns.get(id)).state })}\n\n`;
}
