import type { Database } from '../../db/database.js';
import type { EventStore } from '../../events/event-store.js';
import { type Clock, toRfc3339 } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import type { Module } from '../../modules/module.js';
import { AgentProcessError } from '../drivers/agent-process-error.js';
import type { ClaudeProfile } from './claude-profiles.js';
import { afterRefusal, isOpenAt, type LaneRecord, newLane } from './lane-state.js';
import { laneStore } from './lane-store.js';

export interface LanesParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly profiles: readonly ClaudeProfile[];
}

/** The credentials that agents use. One that the provider refuses is paused, and its turns wait with no attempt spent. */
export class Lanes {
  readonly #parts: LanesParts;
  readonly #lanes: Map<string, LaneRecord>;

  constructor(parts: LanesParts) {
    this.#parts = parts;
    this.#lanes = new Map(parts.profiles.map(({ name }) => [name, newLane(name)]));
  }

  all(): readonly LaneRecord[] {
    return [...this.#lanes.values()];
  }

  profile(name: string): ClaudeProfile {
    const profile = this.#parts.profiles.find((each) => each.name === name);
    if (profile === undefined) throw new Error(`There is no profile ${name}.`);
    return profile;
  }

  isOpen(name: string): boolean {
    const lane = this.#lanes.get(name);
    return lane === undefined || isOpenAt(lane, this.#parts.clock.now());
  }

  /** Whether a new conversation of the agent has a lane. */
  hasOpenFor(module: Module): boolean {
    return this.#namesFor(module).some((name) => this.isOpen(name));
  }

  /** How long turns of the lane wait, in milliseconds; 0 where they do not. */
  waitMs(name: string | undefined): number {
    const until = name === undefined ? null : (this.#lanes.get(name)?.pausedUntil ?? null);
    return until === null ? 0 : Math.max(0, until - this.#parts.clock.now());
  }

  /** The lane that everything uses, where there is no choice. */
  get only(): string | undefined {
    return this.#lanes.size === 1 ? [...this.#lanes.keys()][0] : undefined;
  }

  get areAllOpen(): boolean {
    return this.all().every(({ name }) => this.isOpen(name));
  }

  /**
   * The lane of a new process: the one that the module asks for, else the one that the session lies in, else of the open ones the one
   * with the fewest processes. A session that lies in another one is left.
   * @throws AgentProcessError where the module asks for one that is gone: no other is used in its place
   */
  choose(module: Module, known: string | null | undefined, inUse: readonly string[]): string {
    const asked = profileAskedBy(module);
    if (asked !== undefined && !this.#lanes.has(asked)) throw this.#goneProfile(module.name, asked);
    if (asked !== undefined) return asked;
    if (known !== null && known !== undefined && this.#lanes.has(known)) return known;
    const names = this.#namesFor(module);
    const open = names.filter((name) => this.isOpen(name));
    const count = (name: string): number => inUse.filter((each) => each === name).length;
    return (open.length > 0 ? open : names).reduce((best, name) => (count(name) < count(best) ? name : best));
  }

  /** The provider takes no more from it, until a time that it has said or that is chosen here. @returns how long, in milliseconds */
  async refused(name: string, { reason, until }: { reason: string; until: number | undefined }): Promise<number> {
    const { database, events, clock, logger } = this.#parts;
    const now = clock.now();
    const lane = afterRefusal(this.#lanes.get(name) ?? newLane(name), { reason, until, now });
    this.#lanes.set(name, lane);
    const pausedUntil = lane.pausedUntil ?? now;
    const data = { lane: name, reason, until: toRfc3339(pausedUntil) };
    logger.warn(data, 'the provider refuses a credential of agents for a while');
    await database.write(async (tx) => {
      await laneStore.put(tx, { name, paused_until: pausedUntil, reason, failures: lane.failures });
      await events.append(tx, { type: 'lane.paused', at: now, data });
    });
    return pausedUntil - now;
  }

  /** It has been answered. */
  async answered(name: string): Promise<void> {
    const lane = this.#lanes.get(name);
    if (lane === undefined || lane.failures === 0 || lane.pausedUntil !== null) return;
    this.#lanes.set(name, newLane(name));
    await this.#parts.database.write((tx) => laneStore.clearFailures(tx, name));
  }

  /** What other hubs have learnt of the same credentials, and pauses that are over. */
  async refresh(): Promise<void> {
    const { database, clock } = this.#parts;
    for (const { name, paused_until, reason, failures } of await laneStore.all(database.read))
      if (this.#lanes.has(name)) this.#lanes.set(name, { name, pausedUntil: paused_until, reason, failures });
    const now = clock.now();
    for (const lane of this.all()) if (lane.pausedUntil !== null && isOpenAt(lane, now)) await this.#resume(lane, now);
  }

  async #resume(lane: LaneRecord, now: number): Promise<void> {
    const { database, events } = this.#parts;
    await database.write(async (tx) => {
      if ((await laneStore.resume(tx, lane.name, now)) === 0) return;
      await events.append(tx, { type: 'lane.resumed', at: now, data: { lane: lane.name } });
    });
    this.#lanes.set(lane.name, { ...lane, pausedUntil: null });
  }

  /** One that is gone counts as open, so that its turns begin and say so. */
  #namesFor(module: Module): readonly string[] {
    const asked = profileAskedBy(module);
    return asked === undefined ? [...this.#lanes.keys()] : [asked];
  }

  #goneProfile(module: string, asked: string): AgentProcessError {
    const message = `${module} asks for the profile ${JSON.stringify(asked)}, which is not there any more; there is ${[...this.#lanes.keys()].join(', ')}.`;
    return new AgentProcessError({ code: 'agent_start_failed', message });
  }
}

export const profileAskedBy = ({ runtime }: Module): string | undefined =>
  runtime.type === 'claude' ? runtime.profile : undefined;

/** For people who ask how the hub is. */
export const lanesCheck = (lanes: readonly LaneRecord[]): { readonly ok: boolean; readonly detail: string } => ({
  ok: lanes.some(({ pausedUntil }) => pausedUntil === null),
  detail: lanes
    .map(({ name, pausedUntil, reason }) =>
      pausedUntil === null ? `${name} open` : `${name} paused until ${toRfc3339(pausedUntil)}: ${reason}`,
    )
    .join('; '),
});
