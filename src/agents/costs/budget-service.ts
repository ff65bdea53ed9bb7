import type { Database } from '../../db/database.js';
import type { EventStore } from '../../events/event-store.js';
import { type Clock, toRfc3339 } from '../../lib/clock.js';
import type { DeliveryService } from '../../messages/delivery-service.js';
import type { ClaimedDelivery } from '../../messages/message-json.js';
import type { Module } from '../../modules/module.js';
import { errorPayload } from '../agent-reply.js';
import { requestParts } from '../context/context-values.js';
import { type Exceeded, exceededBudget, type Period, type Spent, startOfPeriod } from './budget-plan.js';
import { costStore } from './cost-store.js';

export interface BudgetServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly deliveries: DeliveryService;
}

export interface Held {
  readonly exceeded: Exceeded;
  readonly onExceeded: 'wait' | 'fail';
}

/**
 * Holds agents to what their descriptors let them spend. Turns count when they begin, and no more where they end before they have reached
 * the model; tokens and dollars count when they have ended.
 */
export class BudgetService {
  readonly #parts: BudgetServiceParts;
  /** Of each module the period that was told last: what is looked at every second is not written every second. */
  readonly #told = new Map<string, string>();

  constructor(parts: BudgetServiceParts) {
    this.#parts = parts;
  }

  /** Whether an agent may begin no more turns, and why. @param begun of its turns that are not on record yet */
  async heldBack(module: Module, begun: number): Promise<Held | undefined> {
    const budget = module.descriptor.limits?.budget;
    if (budget === undefined) return undefined;
    const now = this.#parts.clock.now();
    const [hour, day] = [await this.#spent(module, 'hour', begun), await this.#spent(module, 'day', begun)];
    const exceeded = exceededBudget(budget, { hour, day }, now);
    if (exceeded === undefined) return undefined;
    const held: Held = { exceeded, onExceeded: budget.onExceeded ?? 'wait' };
    await this.#tell(module.name, held, now);
    return held;
  }

  /** A message that is not to wait is answered at once, for good and without a turn. */
  async refuse({ deliveryId: id, lease, message }: ClaimedDelivery, module: Module, { exceeded }: Held): Promise<void> {
    const { database, deliveries, clock } = this.#parts;
    const { period, measure, limit, resetsAt } = exceeded;
    const error = {
      code: 'budget_exceeded',
      message: `${module.name} may spend ${limit} ${measure} a ${period}; the next ${period} begins at ${toRfc3339(resetsAt)}.`,
    };
    const request = {
      source: message.sender,
      target: module.name,
      message: requestParts(JSON.parse(message.payload)).text,
      turnId: undefined,
      now: clock.now(),
    };
    const reply = message.reply_to === null ? { payload: errorPayload(request, error, undefined, 0) } : undefined;
    const failure = { outcome: 'failed', error, isRetryable: false } as const;
    await database.write((tx) => deliveries.failIn(tx, { id, lease, failure, reply }));
  }

  async #spent({ name }: Module, period: Period, begun: number): Promise<Spent> {
    const { database, clock } = this.#parts;
    const since = startOfPeriod(period, clock.now());
    const { usd, tokens } = await costStore.ofModule(database.read, name, since);
    return { usd, tokens, turns: begun + (await costStore.turnsOf(database.read, name, since)) };
  }

  /** Once a period, however often it is looked at and by however many hubs. */
  async #tell(module: string, { exceeded, onExceeded }: Held, at: number): Promise<void> {
    const { database, events } = this.#parts;
    const { startsAt, resetsAt, ...rest } = exceeded;
    const period = `${exceeded.period} ${startsAt}`;
    if (this.#told.get(module) === period) return;
    await database.write(async (tx) => {
      tx.afterCommit(() => this.#told.set(module, period));
      const row = { module, period: exceeded.period, starts_at: startsAt, at };
      if ((await costStore.stop(tx, row)) === 0) return;
      const data = { ...rest, resetsAt: toRfc3339(resetsAt), onExceeded };
      await events.append(tx, { type: 'budget.exceeded', at, module, data });
    });
  }
}
