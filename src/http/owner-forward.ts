import type { FastifyInstance } from 'fastify';
import type { Principal } from '../keys/principal.js';

/** A request that is valid, of somebody who may make it. */
export interface OwnedRequest {
  /** As the route is written, such as `/v1/instances/:id`. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly method: string;
  readonly url: string;
  /** Those that change what is answered. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string | undefined;
  readonly principal: Principal | undefined;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer of the hub that has what the request is about; undefined where that is this one, or none. */
export type ForwardToOwner = (request: OwnedRequest) => Promise<ForwardedAnswer | undefined>;

const carried = ['content-type', 'idempotency-key', 'accept'];

export const addOwnerForward = (app: FastifyInstance, forward: ForwardToOwner): void => {
  app.addHook('preHandler', async (request, reply) => {
    const { method, url, headers, body, principal } = request;
    const answer = await forward({
      route: request.routeOptions.url ?? '',
      params: request.params as Record<string, string>,
      query: request.query as Record<string, unknown>,
      method,
      url,
      headers: Object.fromEntries(
        carried.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
      ),
      body: body === undefined || body === null ? undefined : JSON.stringify(body),
      principal,
    });
    if (answer === undefined) return;
    return await reply.status(answer.status).headers(answer.headers).send(answer.body);
  });
};
