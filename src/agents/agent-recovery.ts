import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import type { RescueService } from '../messages/rescue-service.js';
import { ApprovalRecorder } from './approvals/approval-recorder.js';
import { type InstanceRow, instanceStore } from './instance-store.js';
import { endTagged, probeTagOf } from './leftovers.js';
import { sessionStore } from './session-store.js';
import { HUB_STOPPED } from './turn-state.js';
import { type TurnRow, turnStore } from './turn-store.js';

export interface BurialParts {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly rescue: RescueService;
}

export interface RecoveryParts extends BurialParts {
  readonly database: Database;
  readonly tagPrefix: string;
}

export interface Recovered {
  readonly processes: number;
  readonly instances: number;
  readonly turns: number;
}

const hubEnded = { code: HUB_STOPPED, message: 'The hub that ran this turn ended before the turn did.' };

/**
 * After a hub that was killed: its processes are ended, for they live on; its turns were interrupted, whatever they may say; and their
 * deliveries are tried again at once, for their holder is gone for certain: the data folder is ours alone.
 */
export const recoverAgents = async ({ database, tagPrefix, ...parts }: RecoveryParts): Promise<Recovered> => {
  const { ended } = await endTagged((tag) => tag.startsWith(tagPrefix) || tag === probeTagOf(tagPrefix));
  const buried = await database.write((tx) => buryAgents(tx, tx.nodeId, parts));
  return { processes: ended, ...buried };
};

/** Of a hub that runs no agents any more: another goes on with their conversations, and is told what was said. @returns how many */
export const leaveSessions = (database: Database): Promise<number> =>
  database.write(async (tx) => await sessionStore.removeOwn(tx));

/** The rows of a hub that has ended without a word, as this one's own when it starts again. */
export const buryAgents = async (
  tx: Transaction,
  nodeId: number,
  { events, clock, rescue }: BurialParts,
): Promise<Omit<Recovered, 'processes'>> => {
  const now = clock.now();
  const instances = await instanceStore.live(tx, nodeId);
  for (const { id, module, conversation_id } of instances) {
    await instanceStore.end(tx, { id, state: 'crashed', now, reason: hubEnded.message });
    await events.append(tx, {
      type: 'instance.crashed',
      at: now,
      module,
      conversationId: conversation_id,
      instanceId: id,
      data: { reason: hubEnded.message },
    });
  }
  const turns = await turnStore.open(tx, nodeId);
  for (const turn of turns) {
    const unknown = { input_tokens: 0, output_tokens: 0, cost_usd: 0 };
    const instanceId = instances.findLast((each) => isItsInstance(each, turn))?.id ?? null;
    await turnStore.end(tx, {
      id: turn.id,
      state: 'interrupted',
      instance_id: instanceId,
      first_token_at: (await turnStore.firstOutputAt(tx, turn.id)) ?? null,
      ended_at: now,
      ...unknown,
      stop_reason: hubEnded.code,
      error: JSON.stringify(hubEnded),
    });
    await new ApprovalRecorder(events).endTurn(tx, turn.id, now);
    const subject = {
      module: turn.module,
      conversationId: turn.conversation_id,
      messageId: turn.message_id,
      deliveryId: turn.delivery_id,
      turnId: turn.id,
      instanceId,
    };
    await events.append(tx, {
      type: 'turn.interrupted',
      at: now,
      ...subject,
      data: { turnId: `turn_${turn.id}`, attempt: turn.attempt, error: hubEnded },
    });
    await rescue.abandon(tx, { id: turn.delivery_id, attempt: turn.attempt }, hubEnded);
  }
  return { instances: instances.length, turns: turns.length };
};

/** A conversation has one process; one before it may still be ending. */
const isItsInstance = (instance: InstanceRow, { module, conversation_id }: TurnRow): boolean =>
  instance.module === module && instance.conversation_id === conversation_id;
