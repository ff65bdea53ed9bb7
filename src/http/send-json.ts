import type { FastifyReply } from 'fastify';

/** Answers with JSON that is written already. */
export const sendJson = (reply: FastifyReply, status: number, json: string): FastifyReply =>
  reply.status(status).header('content-type', 'application/json; charset=utf-8').send(json);
