import type { ApprovalAsk, ApprovalDecision, ApprovalRequest } from './agent-driver.js';

/** The questions that the CLI waits on. It waits as long as it takes, so every one gets an answer or is withdrawn. */
export class ClaudeApprovals {
  readonly #reply: (line: object) => void;
  readonly #open = new Map<string, AbortController>();

  constructor(reply: (line: object) => void) {
    this.#reply = reply;
  }

  async answer(request: Omit<ApprovalRequest, 'signal'>, ask: ApprovalAsk = denyAll): Promise<void> {
    const controller = new AbortController();
    this.#open.set(request.requestId, controller);
    const decision = await decide({ ...request, signal: controller.signal }, ask);
    if (!this.#open.delete(request.requestId)) return;
    this.#reply(controlSuccess(request.requestId, responseOf(decision, request.input)));
  }

  /** A question waits for its answer, and was not withdrawn. */
  get isAsking(): boolean {
    return this.#open.size > 0;
  }

  withdraw(requestId: string): void {
    const controller = this.#open.get(requestId);
    this.#open.delete(requestId);
    controller?.abort();
  }

  withdrawAll(): void {
    for (const requestId of [...this.#open.keys()]) this.withdraw(requestId);
  }
}

async function decide(request: ApprovalRequest, ask: ApprovalAsk): Promise<ApprovalDecision> {
  try {
    return await ask(request);
  } catch (error) {
    return { behavior: 'deny', message: `The approval failed: ${error instanceof Error ? error.message : error}` };
  }
}

/** The CLI asks for things that the hub does not offer: without an answer it would wait for ever. */
export function controlRefusal(requestId: string, subtype: string): object {
  const response = { subtype: 'error', request_id: requestId, error: `${subtype} is not supported.` };
  return { type: 'control_response', response };
}

function controlSuccess(requestId: string, response: object): object {
  return { type: 'control_response', response: { subtype: 'success', request_id: requestId, response } };
}

function responseOf(decision: ApprovalDecision, input: ApprovalRequest['input']): object {
  return decision.behavior === 'allow'
    ? { behavior: 'allow', updatedInput: decision.updatedInput ?? input }
    : { behavior: 'deny', message: decision.message };
}

async function denyAll(): Promise<ApprovalDecision> {
  return { behavior: 'deny', message: 'Nobody is there to approve this.' };
}
