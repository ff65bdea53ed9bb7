import type { OwnedRequest, OwnerForward } from './http/owner-forward.js';
import type { App } from './http/server.js';
import type { HubParts } from './hub-parts.js';
import { fromPublicId } from './lib/public-id.js';
import type { NodeRequest } from './nodes/node-calls.js';

const ANSWER_MS = 15_000;

/** A live agent process is on one hub: what is asked of it at another goes there. */
export const forwardToOwner = ({ instances, nodeCalls }: HubParts): OwnerForward => ({
  routes: '/v1/instances/:id',
  forward: async (request) => {
    const id = fromPublicId('inst', request.params.id ?? '');
    const owner = id === undefined ? undefined : await instances.ownerOf(id);
    if (owner === undefined) return undefined;
    const wait = typeof request.query.wait === 'number' ? request.query.wait : 0;
    return await nodeCalls.ask(owner, nodeRequestOf(request), ANSWER_MS + wait * 1000);
  },
});

/** Answers what other hubs are asked about the processes of this one, as if it had been asked here by the same key. */
export const serveForwarded = ({ keys, nodeCalls }: HubParts, app: App): void => {
  nodeCalls.serve(async ({ method, url, headers, body, asker }) => {
    const lent = keys.lend(asker);
    try {
      const answer = await app.inject({
        method: method as 'POST',
        url,
        headers: { ...headers, authorization: `Bearer ${lent.key}` },
        ...(body === undefined ? {} : { payload: body }),
      });
      const type = answer.headers['content-type'];
      return {
        status: answer.statusCode,
        headers: type === undefined ? {} : { 'content-type': String(type) },
        body: answer.body,
      };
    } finally {
      lent.takeBack();
    }
  });
};

const nodeRequestOf = ({ method, url, headers, body, principal }: OwnedRequest): NodeRequest => ({
  method,
  url,
  headers,
  body,
  asker: {
    scope: principal?.scope ?? 'observer',
    keyId: principal?.keyId ?? '',
    module: principal?.scope === 'module' ? principal.module : undefined,
  },
});
