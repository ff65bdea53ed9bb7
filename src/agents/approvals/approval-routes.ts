import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../../http/auth.js';
import { operation } from '../../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../../http/paging.js';
import type { RoutePlugin } from '../../http/server.js';
import { HubError } from '../../lib/errors.js';
import { fromPublicId } from '../../lib/public-id.js';
import { ApprovalDecision, ApprovalState, ApprovalView } from './approval-schema.js';
import { type ApprovalService, approvalView } from './approval-service.js';

const tags = ['approvals'] as const;
const params = Type.Object({ id: Type.String() });

const ApprovalQuery = Type.Object(
  {
    state: Type.Optional(ApprovalState),
    module: Type.Optional(Type.String()),
    turn: Type.Optional(Type.String({ examples: ['turn_97'] })),
    ...pageQuery,
  },
  { additionalProperties: false },
);

interface ListRequest {
  Querystring: { state?: string; module?: string; turn?: string; limit: number; cursor?: string };
}

interface OfApproval {
  Params: { id: string };
}

const keyOf = (publicId: string): number => {
  const key = fromPublicId('apr', publicId);
  if (key === undefined) throw new HubError('approval_not_found', `There is no approval ${JSON.stringify(publicId)}.`);
  return key;
};

export const approvalRoutes =
  (approvals: ApprovalService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/approvals',
      {
        schema: operation({
          operationId: 'listApprovals',
          summary: 'What agents have asked to do, newest first',
          description: 'With state=pending, what waits for a decision.',
          tags,
          querystring: ApprovalQuery,
          answers: { 200: pageOf(ApprovalView) },
        }),
      },
      async (request: FastifyRequest<ListRequest>) => {
        const { limit, cursor, turn, state, module } = request.query;
        const ofTurn = turn === undefined ? undefined : (fromPublicId('turn', turn) ?? 0);
        const rows = await approvals.list({ state, module, turn: ofTurn, below: numberCursor(cursor) }, limit);
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return { items: rows.map(approvalView), nextCursor: last === undefined ? null : String(last.id) };
      },
    );
    app.get(
      '/v1/approvals/:id',
      {
        schema: operation({
          operationId: 'getApproval',
          summary: 'One approval: which tool, with which input, and who decided',
          tags,
          params,
          answers: { 200: ApprovalView },
          errors: ['approval_not_found'],
        }),
      },
      async (request: FastifyRequest<OfApproval>) => approvalView(await approvals.get(keyOf(request.params.id))),
    );
    app.post(
      '/v1/approvals/:id',
      {
        // An agent may hold a key of its module: it must not answer itself.
        config: { access: 'admin' },
        schema: operation({
          operationId: 'decideApproval',
          summary: 'Allow or deny what an agent asks to do',
          tags,
          params,
          body: ApprovalDecision,
          answers: { 200: ApprovalView },
          errors: ['approval_not_found', 'approval_decided'],
        }),
      },
      async (request: FastifyRequest<OfApproval & { Body: ApprovalDecision }>) => {
        const { keyId } = principalOf(request);
        return approvalView(await approvals.decide(keyOf(request.params.id), request.body, keyId));
      },
    );
  };
