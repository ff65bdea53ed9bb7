import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Handle, Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import type { NodeView } from './node-schema.js';
import { BEAT_MS, isLost, mayJudge, steadySince } from './node-silence.js';
import { nodeStore, type SeenNode } from './node-store.js';

export interface NodeServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Key of this hub's row. */
  readonly id: number;
  /** Learns which admin keys are good. */
  admitKey(node: number, hash: string): void;
}

/** What the parts that this folder cannot see have to do with the coming and going of hubs. */
export interface NodeUpkeep {
  /** What goes with every beat, in its transaction. */
  beat(tx: Transaction): void;
  /** Another hub has gone without a word: what it has left. */
  bury(tx: Transaction, node: number): Promise<void>;
  /** This hub was taken for lost, and is not. */
  returned(): Promise<void>;
}

export interface NodeArrival {
  readonly url: string;
  readonly version: string;
  readonly pid: number;
  readonly adminKeyHash: string;
}

const DUTY_MS = 6000;
const FORGET_AFTER_MS = 7 * 86_400_000;
const SWEEPS = 'sweeps';

/** The hubs of a database: who is there, who sweeps for all of them, and what becomes of one that is gone. */
export class NodeService {
  readonly came = topic<readonly [node: number, adminKeyHash: string]>('node_came', ([node, hash]) =>
    this.#parts.admitKey(node, hash),
  );
  /** A hub that stopped, or was taken for lost. */
  readonly went = topic<number>('node_went', (node) => {
    for (const listener of this.#farewells) listener(node);
  });
  readonly #parts: NodeServiceParts;
  readonly #farewells = new Set<(node: number) => void>();
  #arrival: NodeArrival | undefined;
  #dutyUntil = 0;
  #steadySince = Number.POSITIVE_INFINITY;
  #beating: Periodic | undefined;

  constructor(parts: NodeServiceParts) {
    this.#parts = parts;
  }

  get id(): number {
    return this.#parts.id;
  }

  /** Whether this hub sweeps now: alone on its database, or as the one whose turn it is. */
  get isOnDuty(): boolean {
    return this.#parts.database.catchUp === undefined || performance.now() < this.#dutyUntil;
  }

  async load(read: Handle): Promise<void> {
    for (const { id, admin_key_hash } of await nodeStore.all(read)) this.#parts.admitKey(id, admin_key_hash);
  }

  /** Called when another hub, or this one, is gone. */
  onFarewell(listener: (node: number) => void): void {
    this.#farewells.add(listener);
  }

  async arrive(arrival: NodeArrival): Promise<void> {
    this.#arrival = arrival;
    await this.#parts.database.write((tx) => this.#arriveIn(tx, arrival));
  }

  /** Where no other hub can be, there is nobody to beat for. */
  async start(upkeep: NodeUpkeep): Promise<void> {
    const { database, logger } = this.#parts;
    if (database.catchUp === undefined) return;
    const beat = (): Promise<void> => this.#beat(upkeep);
    await beat();
    this.#beating = startPeriodic(BEAT_MS, beat, (error) =>
      logger.warn({ err: error }, 'the other hubs could not be told that this one lives'),
    );
  }

  /** Others take over at once. */
  async leave(): Promise<void> {
    await this.#beating?.stop();
    const { database, id } = this.#parts;
    this.#dutyUntil = 0;
    await database.write(async (tx) => {
      await nodeStore.leaveDuties(tx, id);
      if ((await nodeStore.leave(tx, id, 'stopped')) > 0) tx.tell(this.went, id);
    });
  }

  async list(): Promise<NodeView[]> {
    const { database, id } = this.#parts;
    return (await nodeStore.all(database.read)).map((row) => ({
      id: `node_${row.id}`,
      name: row.name,
      isThis: row.id === id,
      state: row.state as NodeView['state'],
      ...(row.url === null ? {} : { url: row.url }),
      ...(row.pid === null ? {} : { pid: row.pid }),
      ...(row.version === null ? {} : { version: row.version }),
      startedAt: toRfc3339(row.started_at),
      silentSeconds: database.catchUp === undefined ? 0 : row.silent_ms / 1000,
    }));
  }

  async #arriveIn(tx: Transaction, { url, version, pid, adminKeyHash }: NodeArrival): Promise<void> {
    const { id, clock } = this.#parts;
    const started_at = clock.now();
    await nodeStore.arrive(tx, { id, url, version, pid, admin_key_hash: adminKeyHash, started_at });
    tx.tell(this.came, [id, adminKeyHash]);
  }

  /** All silences are of one look: what takes long after it makes nobody look lost. */
  async #beat(upkeep: NodeUpkeep): Promise<void> {
    const { database, id } = this.#parts;
    const askedAt = performance.now();
    const { wasLost, hasDuty, since } = await database.write(async (tx) => {
      const nodes = await nodeStore.all(tx);
      const look = { at: performance.now(), ownSilenceMs: nodes.find((node) => node.id === id)?.silent_ms ?? 0 };
      const since = steadySince(this.#steadySince, look);
      const wasLost = (await nodeStore.beat(tx, id)) === 0;
      if (wasLost && this.#arrival !== undefined) await this.#arriveIn(tx, this.#arrival);
      upkeep.beat(tx);
      const hasDuty = (await nodeStore.takeDuty(tx, { name: SWEEPS, node: id, forMs: DUTY_MS })) > 0;
      if (hasDuty && mayJudge(since, look)) await this.#buryLost(tx, nodes, upkeep);
      return { wasLost, hasDuty, since };
    });
    this.#dutyUntil = hasDuty ? askedAt + DUTY_MS : 0;
    this.#steadySince = since;
    if (!wasLost) return;
    this.#parts.logger.warn({ node: `node_${id}` }, 'the other hubs had taken this one for lost');
    await upkeep.returned();
  }

  async #buryLost(tx: Transaction, nodes: readonly SeenNode[], upkeep: NodeUpkeep): Promise<void> {
    const { events, clock, id } = this.#parts;
    await nodeStore.removeOld(tx, FORGET_AFTER_MS);
    for (const node of nodes) {
      if (node.id === id || node.state !== 'live' || !isLost(node.silent_ms)) continue;
      await nodeStore.leave(tx, node.id, 'lost');
      const data = { node: `node_${node.id}`, name: node.name, url: node.url };
      await events.append(tx, { type: 'hub.lost', at: clock.now(), data });
      tx.tell(this.went, node.id);
      await upkeep.bury(tx, node.id);
    }
  }
}
