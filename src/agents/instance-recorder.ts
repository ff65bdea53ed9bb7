import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { EventType } from '../events/event-types.js';
import type { Clock } from '../lib/clock.js';
import type { AgentInstance } from './agent-instance.js';
import type { InstanceState } from './instance-state.js';
import { instanceStore } from './instance-store.js';

export interface InstanceRecorderParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
}

export interface NewInstance {
  readonly module: string;
  readonly name: string | undefined;
  readonly lane: string;
  readonly conversationId: string | undefined;
  readonly sessionId: string;
  readonly isResumed: boolean;
  readonly tag: string;
  readonly startedAt: number;
}

export interface InstanceEnd {
  readonly id: number;
  readonly module: string;
  readonly conversationId: string | undefined;
  readonly state: 'stopped' | 'crashed';
  readonly reason: string;
  readonly turns?: number;
  readonly costUsd?: number;
}

type About = Pick<AgentInstance, 'id' | 'module' | 'conversationId'>;

/** The rows and events of instances. */
export class InstanceRecorder {
  readonly #parts: InstanceRecorderParts;

  constructor(parts: InstanceRecorderParts) {
    this.#parts = parts;
  }

  /** Before its process starts, so that no process is without a row. @returns its key */
  async start({
    module,
    name,
    lane,
    conversationId,
    sessionId,
    isResumed,
    tag,
    startedAt,
  }: NewInstance): Promise<number> {
    const { database } = this.#parts;
    return await database.write(async (tx) => {
      const id = await instanceStore.insert(tx, {
        module,
        name: name ?? null,
        lane,
        conversation_id: conversationId ?? null,
        session_id: sessionId,
        tag,
        state: 'starting',
        started_at: startedAt,
      });
      const data = { ...(name === undefined ? {} : { name }), sessionId, resumed: isResumed };
      await this.#append(tx, 'instance.started', { id, module, conversationId }, data);
      return id;
    });
  }

  async savePid(id: number, pid: number | undefined): Promise<void> {
    await this.#parts.database.write((tx) => instanceStore.savePid(tx, id, pid ?? null));
  }

  /** The memory of the hub that holds the process leads, and this follows it. False where somebody else has ended the row. */
  async move(instance: AgentInstance, to: InstanceState, event?: EventType): Promise<boolean> {
    return await this.#parts.database.write(async (tx) => {
      if ((await instanceStore.move(tx, instance.id, to)) === 0) return false;
      if (event !== undefined) await this.#append(tx, event, instance, {});
      return true;
    });
  }

  async bind({ id, conversationId }: AgentInstance): Promise<void> {
    await this.#parts.database.write((tx) => instanceStore.bind(tx, id, conversationId ?? ''));
  }

  async restart(instance: AgentInstance, { sessionId, tag }: { sessionId: string; tag: string }): Promise<void> {
    await this.#parts.database.write(async (tx) => {
      if ((await instanceStore.restart(tx, { id: instance.id, session: sessionId, tag })) === 0) return;
      await this.#append(tx, 'instance.restarted', instance, { sessionId });
    });
  }

  async interrupted(instance: AgentInstance): Promise<void> {
    await this.#parts.database.write((tx) => this.#append(tx, 'instance.interrupted', instance, {}));
  }

  /** After a turn, in the transaction that ends the turn. What it has cost is in the ledger's hands. */
  async save(tx: Transaction, { id, state, turns, lastUsedAt }: AgentInstance): Promise<void> {
    const last_turn_at = turns === 0 ? null : lastUsedAt;
    await instanceStore.save(tx, { id, turns, last_turn_at });
    if (state === 'busy') await instanceStore.move(tx, id, 'idle');
  }

  /** Once: what has ended stays as it ended. */
  async end(tx: Transaction, end: InstanceEnd): Promise<void> {
    const { state, reason, turns = 0, costUsd = 0 } = end;
    const row = { id: end.id, state, now: this.#parts.clock.now(), reason };
    if ((await instanceStore.end(tx, row)) === 0) return;
    const type = state === 'stopped' ? 'instance.stopped' : 'instance.crashed';
    await this.#append(tx, type, end, { reason, turns, costUsd });
  }

  async #append(tx: Transaction, type: EventType, { id, module, conversationId }: About, data: object): Promise<void> {
    const at = this.#parts.clock.now();
    const subject = { module, conversationId: conversationId ?? null, instanceId: id };
    await this.#parts.events.append(tx, { type, at, ...subject, data });
  }
}
