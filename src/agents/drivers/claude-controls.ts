import { randomUUID } from 'node:crypto';
import type { AgentExitReason } from './agent-driver.js';
import { AgentProcessError } from './agent-process-error.js';
import type { JsonObject } from './json-fields.js';

interface ControlAnswer {
  readonly isRefused: boolean;
  /** Empty for a refusal. */
  readonly response: JsonObject;
}

interface Asked {
  resolve(answer: ControlAnswer): void;
  reject(error: AgentProcessError): void;
}

/** What the hub asks the CLI beside its turns, and the answers. One that refuses has answered too. */
export class ClaudeControls {
  readonly #write: (line: object) => void;
  readonly #open = new Map<string, Asked>();
  #lost: AgentExitReason | undefined;

  constructor(write: (line: object) => void) {
    this.#write = write;
  }

  /** Rejects when the process is lost first. */
  async ask(request: { readonly subtype: string }): Promise<JsonObject> {
    return (await this.#ask(request)).response;
  }

  /** Rejects when the process is lost first. */
  async isKnown(request: { readonly subtype: string }): Promise<boolean> {
    return !(await this.#ask(request)).isRefused;
  }

  #ask(request: { readonly subtype: string }): Promise<ControlAnswer> {
    if (this.#lost !== undefined) return Promise.reject(new AgentProcessError(this.#lost));
    const requestId = this.tell(request);
    return new Promise((resolve, reject) => this.#open.set(requestId, { resolve, reject }));
  }

  /** Whatever is answered. @returns the id of the request */
  tell(request: { readonly subtype: string }): string {
    const requestId = randomUUID();
    this.#write({ type: 'control_request', request_id: requestId, request });
    return requestId;
  }

  answered(requestId: string, answer: ControlAnswer): void {
    this.#open.get(requestId)?.resolve(answer);
    this.#open.delete(requestId);
  }

  lose(reason: AgentExitReason): void {
    this.#lost ??= reason;
    for (const { reject } of this.#open.values()) reject(new AgentProcessError(this.#lost));
    this.#open.clear();
  }
}
