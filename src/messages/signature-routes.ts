import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import { requireModule } from '../keys/principal.js';
import type { ModuleService } from '../modules/module-service.js';
import type { SignatureService } from './signature-service.js';

const tags = ['modules'] as const;
const params = Type.Object({ name: Type.String() });
const Secret = Type.String({
  pattern: '^(whsec_[A-Za-z0-9+/]{22,}={0,2}|(?!whsec_).{24,})$',
  maxLength: 256,
  description: 'whsec_ and base64 of 16 bytes or more, or any text of 24 characters or more',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
});

export const signatureRoutes =
  (signatures: SignatureService, modules: ModuleService): RoutePlugin =>
  (app) => {
    app.put(
      '/v1/modules/:name/signing-secret',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'setSigningSecret',
          summary: 'Set the secret that a module signs its messages with; a new one is made where none is given',
          description:
            'Signatures have the form of Standard Webhooks: `v1,<base64>` of HMAC-SHA256 over `id.timestamp.body`. id and timestamp are the ' +
            'message headers webhook-id and webhook-timestamp, body is the payload as compact JSON.',
          tags,
          params,
          body: Type.Union([
            Type.Object(
              { secret: Type.Optional(Secret) },
              { additionalProperties: false, title: 'NewSecret', examples: [{}] },
            ),
            Type.Null(),
          ]),
          answers: { 200: Type.Object({ secret: Secret }) },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string }; Body: { secret?: string } | null }>) => {
        const { name } = modules.get(request.params.name);
        requireModule(principalOf(request), name);
        return { secret: await signatures.setSecret(name, request.body?.secret) };
      },
    );
    app.delete(
      '/v1/modules/:name/signing-secret',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'removeSigningSecret',
          summary: 'Forget the signing secret of a module',
          tags,
          params,
          answers: { 204: null },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string } }>, reply) => {
        const { name } = modules.get(request.params.name);
        requireModule(principalOf(request), name);
        await signatures.removeSecret(name);
        return reply.status(204).send();
      },
    );
  };
