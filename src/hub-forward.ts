import type { NewInstance } from './agents/instance-schema.js';
import type { OwnedRequest, OwnerForward } from './http/owner-forward.js';
import type { App } from './http/server.js';
import type { HubParts } from './hub-parts.js';
import { fromPublicId } from './lib/public-id.js';
import type { NodeRequest } from './nodes/node-calls.js';

const ANSWER_MS = 15_000;

/** A live agent process is on one hub, and so is a session: what is asked of it at another, or for it, goes there. */
export const forwardToOwner = ({ instances, nodeCalls }: HubParts): OwnerForward => ({
  routes: '/v1/instances',
  forward: async (request) => {
    const owner = await ownerOf(instances, request);
    if (owner === undefined) return undefined;
    const wait = typeof request.query.wait === 'number' ? request.query.wait : 0;
    return await nodeCalls.ask(owner, nodeRequestOf(request), ANSWER_MS + wait * 1000);
  },
});

const ownerOf = async (
  instances: HubParts['instances'],
  { params, body }: OwnedRequest,
): Promise<number | undefined> => {
  if (params.id === undefined) return body === undefined ? undefined : await instances.ownerOfNew(body as NewInstance);
  const id = fromPublicId('inst', params.id);
  return id === undefined ? undefined : await instances.ownerOf(id);
};

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
  body: body === undefined ? undefined : JSON.stringify(body),
  asker: {
    scope: principal?.scope ?? 'observer',
    keyId: principal?.keyId ?? '',
    module: principal?.scope === 'module' ? principal.module : undefined,
  },
});
