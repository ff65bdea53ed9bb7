import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { NewMessage } from '../../src/messages/message-schema.js';

const app = fastify();
app.post('/v1/messages', { schema: { body: NewMessage } }, async (request, reply) =>
  reply.status(201).send(request.body),
);
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
process.once('SIGTERM', () => {
  app.server.closeAllConnections();
  void app.close();
});
