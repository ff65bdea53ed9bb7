import type { Database } from '../../db/database.js';
import type { Transaction } from '../../db/statement.js';
import type { EventStore } from '../../events/event-store.js';
import { type Clock, toRfc3339 } from '../../lib/clock.js';
import { HubError } from '../../lib/errors.js';
import { toPublicId } from '../../lib/public-id.js';
import { ApprovalRecorder, decisionIn } from './approval-recorder.js';
import type { ApprovalDecision, ApprovalView } from './approval-schema.js';
import { type ApprovalState, stateAfter } from './approval-state.js';
import { type ApprovalFilter, type ApprovalRow, approvalStore } from './approval-store.js';
import { rememberedStore } from './remembered-store.js';
import { targetOf } from './tool-rule.js';

export interface ApprovalServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  /** How long those that are decided are kept. */
  readonly keepMs: number;
}

const PAGE = 100;

/** What agents have asked, and what people decide about it. Who waits for a decision hears of it by its event. */
export class ApprovalService {
  readonly #parts: ApprovalServiceParts;
  readonly #recorder: ApprovalRecorder;

  constructor(parts: ApprovalServiceParts) {
    this.#parts = parts;
    this.#recorder = new ApprovalRecorder(parts.events);
  }

  /** @throws approval_not_found */
  async get(id: number): Promise<ApprovalRow> {
    const row = await approvalStore.find(this.#parts.database.read, id);
    if (row === undefined) throw noApproval(id);
    return row;
  }

  /** Newest first. */
  async list(filter: ApprovalFilter, limit: number): Promise<ApprovalRow[]> {
    return await approvalStore.list(this.#parts.database.read, filter, limit);
  }

  /** @param by the key. @throws approval_not_found, approval_decided, invalid_request */
  async decide(id: number, decision: ApprovalDecision, by: string): Promise<ApprovalRow> {
    const { message = null, updatedInput, remember = null } = decision;
    if (decision.decision === 'deny' && updatedInput !== undefined) throw inputWithDenial();
    const { database, clock } = this.#parts;
    return await database.write(async (tx) => {
      const present = await approvalStore.find(tx, id);
      if (present === undefined) throw noApproval(id);
      const decided = {
        id,
        state: stateAfter(decision.decision),
        decided_at: clock.now(),
        decided_by: by,
        message,
        updated_input: updatedInput === undefined ? null : JSON.stringify(updatedInput),
        remember,
      };
      if (!(await this.#recorder.decide(tx, present, decided))) throw isDecided(present);
      const approval = { ...present, ...decided };
      if (remember !== null) await this.#remember(tx, approval, decision);
      return approval;
    });
  }

  /** Denies those whose time is over. @returns how many */
  async timeOut(now: number): Promise<number> {
    const { database } = this.#parts;
    if ((await approvalStore.overdue(database.read, now, 1)).length === 0) return 0;
    return await database.write(async (tx) => {
      const overdue = await approvalStore.overdue(tx, now, PAGE);
      for (const row of overdue) await this.#recorder.timeOut(tx, row, now);
      return overdue.length;
    });
  }

  /** Deletes old ones that are decided. @returns how many */
  async prune(now: number): Promise<number> {
    return await this.#parts.database.write((tx) => approvalStore.prune(tx, now - this.#parts.keepMs, PAGE));
  }

  /** What was remembered for a module goes with it. */
  async forgetModule(tx: Transaction, module: string): Promise<void> {
    await rememberedStore.forgetModule(tx, module);
  }

  /** What was in fact allowed: an input that was changed does not allow the one that was asked about. */
  async #remember(tx: Transaction, row: ApprovalRow, { decision, message, remember }: ApprovalDecision): Promise<void> {
    await rememberedStore.insert(tx, {
      conversation_id: row.conversation_id,
      module: row.module,
      turn_id: remember === 'turn' ? row.turn_id : null,
      approval_id: row.id,
      tool_name: row.tool_name,
      target: rememberedTarget(row) ?? null,
      decision,
      message: message ?? null,
      created_at: row.decided_at ?? row.requested_at,
    });
  }
}

const noApproval = (id: number): HubError =>
  new HubError('approval_not_found', `There is no approval ${toPublicId('apr', id)}.`);

const isDecided = ({ id, state }: ApprovalRow): HubError =>
  new HubError('approval_decided', `${toPublicId('apr', id)} is ${state}; nothing can be decided about it any more.`);

const inputWithDenial = (): HubError =>
  new HubError('invalid_request', 'A tool that is denied is not run, so it takes no other input.', {
    errors: [{ pointer: '/updatedInput', message: 'goes only with allow' }],
  });

const inputOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

const rememberedTarget = ({ tool_name, input, updated_input }: ApprovalRow): string | undefined =>
  targetOf({ toolName: tool_name, input: inputOf(updated_input ?? input) });

export const approvalView = (row: ApprovalRow): ApprovalView => {
  const decision = decisionIn(row.state as ApprovalState);
  const target = rememberedTarget(row);
  return {
    id: toPublicId('apr', row.id),
    state: row.state as ApprovalState,
    module: row.module,
    conversationId: row.conversation_id,
    turnId: toPublicId('turn', row.turn_id),
    messageId: toPublicId('msg', row.message_id),
    deliveryId: toPublicId('dlv', row.delivery_id),
    toolName: row.tool_name,
    toolUseId: row.tool_use_id,
    input: inputOf(row.input),
    ...(row.description === null ? {} : { description: row.description }),
    remembers: { toolName: row.tool_name, ...(target === undefined ? {} : { target }) },
    requestedAt: toRfc3339(row.requested_at),
    ...(row.expires_at === null ? {} : { expiresAt: toRfc3339(row.expires_at) }),
    ...(row.decided_at === null ? {} : { decidedAt: toRfc3339(row.decided_at) }),
    ...(decision === undefined ? {} : { decision }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.message === null ? {} : { message: row.message }),
    ...(row.updated_input === null ? {} : { updatedInput: inputOf(row.updated_input) }),
    ...(row.remember === null ? {} : { remember: row.remember as 'turn' | 'conversation' }),
  };
};
