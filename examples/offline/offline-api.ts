import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FailDirective } from './directives.js';
import { streamMessage, wholeMessage } from './message-stream.js';
import { inputTokensOf, type MessagesRequest, newestTurn } from './messages-request.js';
import { planReply, type ReplyPart, type ReplyPlan } from './reply-plan.js';
import { writeStream } from './stream-writer.js';

export interface OfflineApi {
  readonly url: string;
  /** The newest requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: MessagesRequest | undefined;
  /** The newest thing the user said, without reminders. */
  readonly prompt: string;
}

export interface OfflineApiOptions {
  readonly port?: number;
  readonly host?: string;
}

const KEPT_REQUESTS = 200;

/** A local stand-in for the Messages API: the same answer for the same prompt, no model, no internet. */
export async function startOfflineApi({ port = 0, host = '127.0.0.1' }: OfflineApiOptions = {}): Promise<OfflineApi> {
  const answers = new OfflineAnswers();
  const server = createServer((request, response) => void answers.handle(request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    requests: answers.requests,
    close: () => closeServer(server),
  };
}

class OfflineAnswers {
  readonly requests: RecordedRequest[] = [];
  readonly #failures = new Map<string, number>();
  #messages = 0;

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (!response.headersSent) sendError(response, 400, String(error));
      else response.destroy();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://offline').pathname;
    const body = request.method === 'POST' ? ((await readJson(request)) as MessagesRequest) : undefined;
    this.#record({ method: request.method ?? '', path, body, prompt: body ? newestTurn(body).text : '' });
    if (request.method === 'HEAD') response.end();
    else if (!body) sendError(response, 404, 'Nothing here.');
    else if (path === '/v1/messages/count_tokens') sendJson(response, 200, { input_tokens: inputTokensOf(body) });
    else if (path === '/v1/messages') await this.#carryOut(planReply(body), body, response);
    else sendError(response, 404, 'Nothing here.');
  }

  async #carryOut(plan: ReplyPlan, body: MessagesRequest, response: ServerResponse): Promise<void> {
    if (plan.kind === 'silence') return;
    if (plan.kind === 'message') return this.#sendMessage(plan.parts, body, response);
    if (this.#mayFail(plan.failure, body)) return sendFailure(response, plan.failure);
    return this.#carryOut(plan.otherwise, body, response);
  }

  async #sendMessage(parts: readonly ReplyPart[], body: MessagesRequest, response: ServerResponse): Promise<void> {
    this.#messages += 1;
    const head = {
      id: `msg_offline_${this.#messages}`,
      model: body.model ?? 'offline',
      inputTokens: inputTokensOf(body),
    };
    if (body.stream) return writeStream(response, streamMessage(head, parts));
    if (!parts.some(({ kind }) => kind === 'hang')) sendJson(response, 200, wholeMessage(head, parts));
  }

  /** Retries of one request are told apart from the same words in another turn or session. */
  #mayFail({ times }: FailDirective, body: MessagesRequest): boolean {
    const key = JSON.stringify([body.metadata?.user_id, body.messages?.length, newestTurn(body).text]);
    const failed = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failed + 1);
    return failed < times;
  }

  #record(request: RecordedRequest): void {
    this.requests.push(request);
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function sendFailure(response: ServerResponse, { status, retryAfterSeconds }: FailDirective): void {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  sendError(response, status, `The prompt asked for a ${status}.`);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { type: 'error', error: { type: errorTypeOf(status), message } });
}

function errorTypeOf(status: number): string {
  if (status === 529) return 'overloaded_error';
  if (status === 429) return 'rate_limit_error';
  if (status === 404) return 'not_found_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
