import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../keys/principal.js';

/** A request that is valid, of somebody who may make it. */
export interface OwnedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly method: string;
  readonly url: string;
  /** Those that change what is answered. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly principal: Principal | undefined;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OwnerForward {
  /** Of the routes that are about what a hub has alone: how they begin. */
  readonly routes: string;
  /** The answer of the hub that has what the request is about; undefined where that is this one, or none. */
  forward(request: OwnedRequest): Promise<ForwardedAnswer | undefined>;
}

const carried = ['content-type', 'idempotency-key', 'accept'];

/** Before the routes are added. */
export const addOwnerForward = (app: FastifyInstance, { routes, forward }: OwnerForward): void => {
  const handOver = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { method, url, headers, body, principal } = request;
    const answer = await forward({
      params: request.params as Record<string, string>,
      query: request.query as Record<string, unknown>,
      method,
      url,
      headers: Object.fromEntries(
        carried.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
      ),
      body: body ?? undefined,
      principal,
    });
    if (answer === undefined) return undefined;
    return await reply.status(answer.status).headers(answer.headers).send(answer.body);
  };
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(routes)) route.preHandler = [route.preHandler ?? [], handOver].flat();
  });
};
