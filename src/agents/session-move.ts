import type { Database } from '../db/database.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { sessionStore } from './session-store.js';
import type { TurnOutcome } from './turn-outcome.js';

export type MoveReason = 'session_missing' | 'context_full';

/** Why a conversation must go on in a new session, where a turn has ended so; undefined where it need not. */
export const moveReasonOf = (outcome: TurnOutcome): MoveReason | undefined => {
  if (outcome.kind !== 'failed') return undefined;
  if (outcome.code === 'agent_session_missing') return 'session_missing';
  return outcome.code === 'api_400' && /prompt is too long/i.test(outcome.message) ? 'context_full' : undefined;
};

export interface SessionMoveParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
}

/** The next process of the conversation starts a new session, and is told what was said. */
export const leaveSession = async (
  { database, events, clock }: SessionMoveParts,
  { conversationId, module, reason }: { conversationId: string; module: string; reason: MoveReason },
): Promise<void> => {
  await database.write(async (tx) => {
    const known = await sessionStore.find(tx, conversationId, module);
    if (known === undefined) return;
    await sessionStore.remove(tx, conversationId, module);
    const data = { reason, sessionId: known.session_id };
    await events.append(tx, { type: 'conversation.moved', at: clock.now(), module, conversationId, data });
  });
};
