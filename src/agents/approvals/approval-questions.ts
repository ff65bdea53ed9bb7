import type { Database } from '../../db/database.js';
import type { EventFeed } from '../../events/event-feed.js';
import type { EventStore } from '../../events/event-store.js';
import type { Clock } from '../../lib/clock.js';
import { toPublicId } from '../../lib/public-id.js';
import type { Module } from '../../modules/module.js';
import type { ModuleDirectory } from '../../modules/module-directory.js';
import type { ApprovalDecision, ApprovalRequest } from '../drivers/agent-driver.js';
import type { TurnSubject } from '../turn-output.js';
import { ApprovalRecorder, decisionIn } from './approval-recorder.js';
import { type ApprovalState, type Decision, stateAfter } from './approval-state.js';
import { type ApprovalRow, approvalStore, type NewApproval } from './approval-store.js';
import { type Verdict, verdictOn } from './permission-policy.js';
import { type RememberedRow, rememberedStore } from './remembered-store.js';

export interface ApprovalQuestionParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  /** Where the agent of a module works. */
  readonly folderOf: (module: Module) => string;
  /** How long a question waits, unless the descriptor says it. */
  readonly timeoutMs: number;
}

/** The questions of agents, from their side: put on record, answered by a rule or a memory, or waited for. */
export class ApprovalQuestions {
  readonly #parts: ApprovalQuestionParts;
  readonly #recorder: ApprovalRecorder;

  constructor(parts: ApprovalQuestionParts) {
    this.#parts = parts;
    this.#recorder = new ApprovalRecorder(parts.events);
  }

  /** @param turn waited for, so that no question is older than its turn's record */
  async ask(turn: Promise<TurnSubject>, request: ApprovalRequest): Promise<ApprovalDecision> {
    const subject = await turn;
    const after = this.#parts.feed.lastSeq;
    const asked = await this.#record(subject, request);
    if (asked.state !== 'pending') return answerOf(asked);
    try {
      const decided = await this.#decided(asked, after, request.signal);
      if (decided !== undefined) return answerOf(decided);
    } catch (error) {
      await this.#withdraw(asked);
      throw error;
    }
    await this.#withdraw(asked);
    return { behavior: 'deny', message: 'The question was withdrawn.' };
  }

  async #record(subject: TurnSubject, request: ApprovalRequest): Promise<ApprovalRow> {
    const { database, clock } = this.#parts;
    return await database.write(async (tx) => {
      const verdict = this.#verdict(subject, request, await rememberedStore.inTurn(tx, subject));
      return await this.#recorder.request(tx, this.#row(subject, request, { verdict, now: clock.now() }));
    });
  }

  #verdict({ module: name }: TurnSubject, request: ApprovalRequest, remembered: readonly RememberedRow[]): Verdict {
    const module = this.#parts.modules.find(name);
    if (module === undefined) return { kind: 'ask' };
    return verdictOn(request, {
      permissions: module.descriptor.permissions ?? {},
      remembered: remembered.map((row) => ({
        toolName: row.tool_name,
        target: row.target ?? undefined,
        decision: row.decision as Decision,
        message: row.message ?? undefined,
        approvalId: row.approval_id,
      })),
      folder: this.#parts.folderOf(module),
    });
  }

  #row(
    { turnId, module, conversationId, messageId, deliveryId }: TurnSubject,
    { toolUseId, toolName, input, description }: ApprovalRequest,
    { verdict, now }: { verdict: Verdict; now: number },
  ): NewApproval {
    return {
      turn_id: turnId,
      module,
      conversation_id: conversationId,
      message_id: messageId,
      delivery_id: deliveryId,
      tool_use_id: toolUseId,
      tool_name: toolName,
      input: JSON.stringify(input),
      description: description ?? null,
      requested_at: now,
      updated_input: null,
      remember: null,
      ...(verdict.kind === 'ask'
        ? {
            state: 'pending',
            expires_at: now + this.#timeoutMs(module),
            decided_at: null,
            decided_by: null,
            message: null,
          }
        : { state: stateAfter(verdict.decision), expires_at: null, decided_at: now, ...wordsOf(verdict) }),
    };
  }

  #timeoutMs(module: string): number {
    const seconds = this.#parts.modules.find(module)?.descriptor.permissions?.timeoutSeconds;
    return seconds === undefined ? this.#parts.timeoutMs : seconds * 1000;
  }

  /** Whoever decides, on whichever hub, writes an event. Undefined where the agent no longer waits. */
  async #decided(asked: ApprovalRow, after: number, signal: AbortSignal): Promise<ApprovalRow | undefined> {
    const { feed, database } = this.#parts;
    const filter = { turn: asked.turn_id, types: ['approval.*'] };
    for await (const _ of feed.follow({ after, filter, signal })) {
      const row = await approvalStore.find(database.read, asked.id);
      if (row?.state !== 'pending') return row;
    }
    return undefined;
  }

  async #withdraw(asked: ApprovalRow): Promise<void> {
    const { database, clock } = this.#parts;
    await database.write((tx) => this.#recorder.withdraw(tx, asked, clock.now()));
  }
}

const wordsOf = (verdict: Exclude<Verdict, { kind: 'ask' }>): Pick<NewApproval, 'decided_by' | 'message'> => {
  if (verdict.kind === 'remembered') {
    const { approvalId, message = null } = verdict.remembered;
    return { decided_by: toPublicId('apr', approvalId), message };
  }
  const does = verdict.decision === 'deny' ? 'denies this' : 'allows this';
  return { decided_by: 'policy', message: `${verdict.rule} ${does}.` };
};

const answerOf = ({ state, message, updated_input }: ApprovalRow): ApprovalDecision =>
  decisionIn(state as ApprovalState) === 'allow'
    ? {
        behavior: 'allow',
        updatedInput: updated_input === null ? undefined : (JSON.parse(updated_input) as Record<string, unknown>),
      }
    : { behavior: 'deny', message: message ?? 'It was denied.' };
