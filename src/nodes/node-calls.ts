import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import { HubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { randomToken } from '../lib/random-token.js';
import type { NodeService } from './node-service.js';
import { nodeStore } from './node-store.js';

/** A request that another hub must answer, for what it concerns lives there. */
export interface NodeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string | undefined;
  /** Who asks, as this hub has seen by the key. */
  readonly asker: { readonly scope: string; readonly keyId: string; readonly module: string | undefined };
}

export interface NodeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Asked {
  readonly ticket: string;
  readonly from: number;
  readonly to: number;
  readonly request: NodeRequest;
  /** By the clock of the database, which both hubs know: then the asker has been told that nobody answers. */
  readonly until: number;
}

interface Answered {
  readonly ticket: string;
  readonly answer: NodeAnswer;
}

interface Waiting {
  readonly to: number;
  resolve(answer: NodeAnswer): void;
  reject(error: HubError): void;
}

export interface NodeCallsParts {
  readonly database: Database;
  readonly nodes: NodeService;
  readonly logger: Logger;
}

/** Asks other hubs by way of the database, so that no hub need reach another one. */
export class NodeCalls {
  readonly asked = topic<Asked>('node_asked', (asked) => {
    if (asked.to === this.#parts.nodes.id) void this.#serve(asked);
  });
  readonly answered = topic<Answered>('node_answered', ({ ticket, answer }) =>
    this.#waiting.get(ticket)?.resolve(answer),
  );
  readonly #parts: NodeCallsParts;
  readonly #waiting = new Map<string, Waiting>();
  #answer: ((request: NodeRequest) => Promise<NodeAnswer>) | undefined;

  constructor(parts: NodeCallsParts) {
    this.#parts = parts;
    parts.nodes.onFarewell((node) => {
      for (const waiting of this.#waiting.values()) if (waiting.to === node) waiting.reject(unreachable(node));
    });
  }

  /** What this hub answers when it is asked. Must not reject. */
  serve(answer: (request: NodeRequest) => Promise<NodeAnswer>): void {
    this.#answer = answer;
  }

  /** @throws hub_unreachable where it does not answer in time, or is gone */
  async ask(to: number, request: NodeRequest, timeoutMs: number): Promise<NodeAnswer> {
    const { database, nodes } = this.#parts;
    const ticket = randomToken(9);
    const answered = new Promise<NodeAnswer>((resolve, reject) => {
      this.#waiting.set(ticket, { to, resolve, reject });
    });
    const deadline = performance.now() + timeoutMs;
    const timeout = setTimeout(() => this.#waiting.get(ticket)?.reject(unreachable(to)), timeoutMs);
    try {
      const asked = database.write(async (tx) => {
        const until = (await nodeStore.now(tx)) + deadline - performance.now();
        tx.tell(this.asked, { ticket, from: nodes.id, to, request, until });
      });
      const [answer] = await Promise.all([answered, asked]);
      return answer;
    } finally {
      clearTimeout(timeout);
      this.#waiting.delete(ticket);
    }
  }

  /** A hub that stood still wakes to orders that nobody waits for any more. */
  async #serve({ ticket, request, until }: Asked): Promise<void> {
    const { database, logger } = this.#parts;
    try {
      if ((await nodeStore.now(database.read)) > until) return;
      const answer = await this.#answer?.(request);
      if (answer !== undefined) await database.write((tx) => tx.tell(this.answered, { ticket, answer }));
    } catch (error) {
      logger.error({ err: error, url: request.url }, 'another hub could not be answered');
    }
  }
}

const unreachable = (node: number): HubError =>
  new HubError('hub_unreachable', `The hub node_${node}, which has it, does not answer.`, { retryAfterSeconds: 5 });
