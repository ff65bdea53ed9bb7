import type { Transaction } from '../../db/statement.js';
import type { EventStore } from '../../events/event-store.js';
import type { EventType } from '../../events/event-types.js';
import { toRfc3339 } from '../../lib/clock.js';
import { toPublicId } from '../../lib/public-id.js';
import { turnStore } from '../turn-store.js';
import type { ApprovalState, Decision } from './approval-state.js';
import { type ApprovalRow, approvalStore, type DecidedApproval, type NewApproval } from './approval-store.js';
import { rememberedStore } from './remembered-store.js';

const NOTHING = { decided_by: null, message: null, updated_input: null, remember: null } as const;

/** The rows of approvals, the state of their turns, and their events, in the caller's transaction. */
export class ApprovalRecorder {
  readonly #events: EventStore;

  constructor(events: EventStore) {
    this.#events = events;
  }

  /** One that was decided as it came leaves its turn running. */
  async request(tx: Transaction, row: NewApproval): Promise<ApprovalRow> {
    const approval = { id: await approvalStore.insert(tx, row), ...row };
    if (row.decided_at !== null) {
      await this.#append(tx, 'approval.decided', approval, { ...decisionOf(approval) });
      return approval;
    }
    await turnStore.awaitApproval(tx, row.turn_id);
    const expires = row.expires_at === null ? {} : { expiresAt: toRfc3339(row.expires_at) };
    await this.#append(tx, 'approval.requested', approval, expires);
    return approval;
  }

  /** False where it was not pending any more. */
  async decide(tx: Transaction, present: ApprovalRow, decided: DecidedApproval): Promise<boolean> {
    const approval = await this.#settle(tx, present, decided);
    if (approval === undefined) return false;
    await this.#append(tx, 'approval.decided', approval, { ...decisionOf(approval) });
    return true;
  }

  async timeOut(tx: Transaction, present: ApprovalRow, now: number): Promise<void> {
    const message = 'Nobody decided in time.';
    const approval = await this.#settle(tx, present, { ...closed(present.id, 'timed_out', now), message });
    if (approval !== undefined) await this.#append(tx, 'approval.timed_out', approval, {});
  }

  async withdraw(tx: Transaction, present: ApprovalRow, now: number): Promise<void> {
    const approval = await this.#settle(tx, present, closed(present.id, 'withdrawn', now));
    if (approval !== undefined) await this.#append(tx, 'approval.withdrawn', approval, {});
  }

  /** What goes with a turn that is over. */
  async endTurn(tx: Transaction, turnId: number, now: number): Promise<void> {
    for (const pending of await approvalStore.pendingOfTurn(tx, turnId)) await this.withdraw(tx, pending, now);
    await rememberedStore.forgetTurn(tx, turnId);
  }

  /** The turn runs again when its last question is answered. */
  async #settle(tx: Transaction, present: ApprovalRow, decided: DecidedApproval): Promise<ApprovalRow | undefined> {
    if ((await approvalStore.decide(tx, decided)) === 0) return undefined;
    await turnStore.runAgain(tx, present.turn_id);
    return { ...present, ...decided };
  }

  async #append(tx: Transaction, type: EventType, approval: ApprovalRow, more: object): Promise<void> {
    const { id, tool_name, tool_use_id, description, decided_at, requested_at } = approval;
    await this.#events.append(tx, {
      type,
      at: decided_at ?? requested_at,
      module: approval.module,
      conversationId: approval.conversation_id,
      messageId: approval.message_id,
      deliveryId: approval.delivery_id,
      turnId: approval.turn_id,
      data: {
        approvalId: toPublicId('apr', id),
        toolName: tool_name,
        toolUseId: tool_use_id,
        ...(description === null ? {} : { description }),
        ...more,
      },
    });
  }
}

const closed = (id: number, state: 'timed_out' | 'withdrawn', now: number): DecidedApproval => ({
  id,
  state,
  decided_at: now,
  ...NOTHING,
});

/** Of one that was decided. */
const decisionOf = ({ state, decided_by, message, updated_input, remember }: ApprovalRow) => ({
  decision: decisionIn(state as ApprovalState),
  by: decided_by,
  ...(message === null ? {} : { message }),
  ...(updated_input === null ? {} : { inputUpdated: true }),
  ...(remember === null ? {} : { remember }),
});

/** What the agent is told; undefined where it is told nothing. */
export const decisionIn = (state: ApprovalState): Decision | undefined => {
  if (state === 'allowed') return 'allow';
  return state === 'denied' || state === 'timed_out' ? 'deny' : undefined;
};
