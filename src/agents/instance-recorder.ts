import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import type { AgentInstance } from './agent-instance.js';
import { instanceStore } from './instance-store.js';

export interface InstanceRecorderParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
}

export interface NewInstance {
  readonly module: string;
  readonly conversationId: string;
  readonly sessionId: string;
  readonly isResumed: boolean;
  readonly tag: string;
  readonly startedAt: number;
}

export interface InstanceEnd {
  readonly id: number;
  readonly module: string;
  readonly conversationId: string;
  readonly state: 'stopped' | 'crashed';
  readonly reason: string;
  readonly turns?: number;
  readonly costUsd?: number;
}

/** The rows and events of instances. */
export class InstanceRecorder {
  readonly #parts: InstanceRecorderParts;

  constructor(parts: InstanceRecorderParts) {
    this.#parts = parts;
  }

  /** Before its process starts, so that no process is without a row. @returns its key */
  async start({ module, conversationId, sessionId, isResumed, tag, startedAt }: NewInstance): Promise<number> {
    const { database, events } = this.#parts;
    return await database.write(async (tx) => {
      const row = { module, conversation_id: conversationId, session_id: sessionId, tag, started_at: startedAt };
      const instanceId = await instanceStore.insert(tx, row);
      const data = { sessionId, resumed: isResumed };
      await events.append(tx, { type: 'instance.started', at: startedAt, module, conversationId, instanceId, data });
      return instanceId;
    });
  }

  async save(tx: Transaction, { id, state, process, turns, costUsd, lastUsedAt }: AgentInstance): Promise<void> {
    await instanceStore.save(tx, {
      id,
      state,
      pid: process.pid ?? null,
      turns,
      cost_usd: costUsd,
      last_turn_at: turns === 0 ? null : lastUsedAt,
    });
  }

  /** Once: what has ended stays as it ended. */
  async end(tx: Transaction, end: InstanceEnd): Promise<void> {
    const { events, clock } = this.#parts;
    const { id, module, conversationId, state, reason, turns = 0, costUsd = 0 } = end;
    const now = clock.now();
    if ((await instanceStore.end(tx, { id, state, now, reason })) === 0) return;
    await events.append(tx, {
      type: state === 'stopped' ? 'instance.stopped' : 'instance.crashed',
      at: now,
      module,
      conversationId,
      instanceId: id,
      data: { reason, turns, costUsd },
    });
  }
}
