import type { Database } from '../db/database.js';
import { OldEndWalk } from '../db/old-end-walk.js';
import type { Transaction } from '../db/statement.js';
import { agentRetentionStore } from './agent-retention-store.js';
import { conversationApprovals } from './approvals/conversation-approvals.js';
import { conversationSessions } from './conversation-sessions.js';
import { KEEP_COSTS_MS } from './costs/cost-service.js';
import { costStore } from './costs/cost-store.js';
import { isOfOneDelivery } from './turn-context.js';
import { turnStore } from './turn-store.js';

/** Budgets of a day count turns. */
const KEEP_TURNS_MS = 86_400_000;

/** What was said goes first; what agents keep of a conversation that is one delivery goes with it. */
const removeTurn = async (tx: Transaction, id: number, room: number): Promise<number> => {
  const pieces = await agentRetentionStore.removeOutput(tx, id, room);
  const turn = await turnStore.find(tx, id);
  if (pieces === room || turn === undefined) return pieces;
  await agentRetentionStore.removeOutgrownCopies(tx, turn);
  if (isOfOneDelivery(turn.conversation_id))
    for (const follower of [conversationSessions, conversationApprovals])
      await follower.faded?.(tx, turn.conversation_id);
  return pieces + (await agentRetentionStore.removeTurn(tx, id));
};

/** Turns, instances and costs are kept as long as messages are, and as long as something adds them up. Every verb does one bounded step. */
export class AgentRetentionService {
  readonly #parts: { readonly database: Database; readonly keepMessagesMs: number };
  readonly #turns = new OldEndWalk({
    first: agentRetentionStore.firstTurn,
    over: agentRetentionStore.overTurns,
    remove: removeTurn,
  });
  readonly #instances = new OldEndWalk({
    first: agentRetentionStore.firstInstance,
    over: agentRetentionStore.overInstances,
    remove: agentRetentionStore.removeInstance,
  });
  readonly #costs = new OldEndWalk({ first: costStore.first, over: costStore.over, remove: costStore.remove });

  constructor(parts: { readonly database: Database; readonly keepMessagesMs: number }) {
    this.#parts = parts;
  }

  /** Those that have ended, with what was said in them. @returns more than 0 while more may be left */
  async pruneTurns(now: number): Promise<number> {
    return await this.#step(this.#turns, now - Math.max(this.#parts.keepMessagesMs, KEEP_TURNS_MS));
  }

  /** Those that have stopped or crashed. */
  async pruneInstances(now: number): Promise<number> {
    return await this.#step(this.#instances, now - this.#parts.keepMessagesMs);
  }

  /** Not those of a session that may be resumed: what its next turn spends is the difference to its last report. */
  async pruneCosts(now: number): Promise<number> {
    return await this.#step(this.#costs, now - Math.max(this.#parts.keepMessagesMs, KEEP_COSTS_MS));
  }

  async #step(walk: OldEndWalk, before: number): Promise<number> {
    return await this.#parts.database.write((tx) => walk.step(tx, before));
  }
}
