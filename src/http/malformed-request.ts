import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../lib/errors.js';
import { replyWithError } from './error-reply.js';
import { problemOf } from './problem.js';

/** Answers an address that no route can be looked up for. No hook is run for it, so none closes the connection of an upgrade. */
export const replyToBadAddress = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  reply.raw.once('finish', () => request.raw.socket.destroySoon());
  replyWithError(error, request, reply);
};

/** Answers what never became a request: bytes that are not HTTP, headers that are too large or come too slowly. */
export const answerMalformed = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const reason = error.code === 'HPE_HEADER_OVERFLOW' ? 'its headers are too large' : error.message;
  const problem = problemOf(new HubError('invalid_request', `The request cannot be read as HTTP: ${reason}.`));
  const body = JSON.stringify(problem);
  const headers = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};
