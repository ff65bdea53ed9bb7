import type { Database } from '../../db/database.js';
import type { Clock } from '../../lib/clock.js';
import { startOfPeriod } from './budget-plan.js';
import { type CostSum, costStore } from './cost-store.js';

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 7;
/** At least: as far back as is shown. */
export const KEEP_COSTS_MS = DAYS_SHOWN * DAY_MS;
const CONVERSATIONS_SHOWN = 20;

/** What agents have cost. */
export class CostService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Today by module and by conversation, the dearest first, and the last seven days. */
  async summary() {
    const { read } = this.#database;
    const today = startOfPeriod('day', this.#clock.now());
    const { usd } = await costStore.since(read, today);
    const modules = await costStore.byModule(read, today);
    const conversations = await costStore.byConversation(read, today, CONVERSATIONS_SHOWN);
    const days = await costStore.byDay(read, today - (DAYS_SHOWN - 1) * DAY_MS);
    return {
      todayUsd: usd,
      byModule: modules.map(({ module, ...sum }) => ({ module, ...sumView(sum) })),
      byConversation: conversations.map(({ conversation_id, ...sum }) => ({
        conversationId: conversation_id,
        ...sumView(sum),
      })),
      byDay: days.map(({ day, ...sum }) => ({
        day: new Date(day * DAY_MS).toISOString().slice(0, 10),
        ...sumView(sum),
      })),
    };
  }
}

const sumView = ({ usd, tokens, turns }: CostSum) => ({ costUsd: usd, tokens, turns });
