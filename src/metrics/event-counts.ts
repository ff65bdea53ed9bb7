import type { StoredEvent } from '../events/event-types.js';
import { BucketHistogram } from './bucket-histogram.js';

/** Deliveries, by what became of them. */
export const outcomes = [
  'claimed',
  'completed',
  'retried',
  'released',
  'died',
  'expired',
  'cancelled',
  'redriven',
] as const;
type Outcome = (typeof outcomes)[number];

interface OpenTurn {
  readonly startedAt: number;
  hasSpoken: boolean;
}

/** What a module's agent has spent. */
export interface Spent {
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

/** Sums over the events since the hub started. A handful of additions an event: it is told of every one. */
export class EventCounts {
  /** By module: who sends. */
  readonly sent = new Map<string, number>();
  /** By module: who receives. */
  readonly deliveries: Readonly<Record<Outcome, Map<string, number>>>;
  /** By module and how they ended, with a line break between. */
  readonly turns = new Map<string, number>();
  readonly spent = new Map<string, Spent>();
  readonly waits = new BucketHistogram(
    'granger_queue_wait_seconds',
    'From the send of a message to its claim; of several that were claimed at once, the longest.',
  );
  readonly durations = new BucketHistogram(
    'granger_delivery_duration_seconds',
    'From the claim of a delivery to its completion.',
  );
  readonly turnDurations = new BucketHistogram('granger_turn_duration_seconds', 'Turns of agents, from start to end.');
  readonly firstOutputs = new BucketHistogram(
    'granger_turn_first_output_seconds',
    'From the start of a turn to its first output.',
  );
  readonly #openTurns = new Map<number, OpenTurn>();

  constructor() {
    this.deliveries = Object.fromEntries(outcomes.map((outcome) => [outcome, new Map()])) as unknown as Readonly<
      Record<Outcome, Map<string, number>>
    >;
  }

  add(event: StoredEvent): void {
    const module = event.module ?? '';
    const dot = event.type.indexOf('.');
    const verb = event.type.slice(dot + 1);
    if (event.type === 'message.sent') increase(this.sent, event.sender ?? module);
    else if (event.type.startsWith('delivery.')) this.#addDelivery(verb, module, event.data);
    else if (event.type.startsWith('turn.')) this.#addTurn(verb, module, event);
  }

  #addDelivery(verb: string, module: string, data: string): void {
    const counts = (this.deliveries as Readonly<Record<string, Map<string, number>>>)[verb];
    if (counts === undefined) return;
    increase(counts, module, verb === 'claimed' ? data.split('"dlv_').length - 1 : 1);
    if (verb === 'completed') this.durations.observe(module, numberIn(data, '"tookMs":') / 1000);
    if (verb === 'claimed') this.waits.observe(module, numberIn(data, '"waitedMs":') / 1000);
  }

  #addTurn(verb: string, module: string, { turn_id: id, at, data }: StoredEvent): void {
    if (id === null) return;
    const open = this.#openTurns.get(id);
    if (verb === 'started') this.#openTurns.set(id, { startedAt: at, hasSpoken: false });
    else if (verb === 'output') {
      if (open === undefined || open.hasSpoken) return;
      open.hasSpoken = true;
      this.firstOutputs.observe(module, (at - open.startedAt) / 1000);
    } else if (verb !== 'retrying') {
      this.#openTurns.delete(id);
      increase(this.turns, `${module}\n${verb}`);
      if (open !== undefined) this.turnDurations.observe(module, (at - open.startedAt) / 1000);
      this.#spend(module, JSON.parse(data) as Partial<Spent>);
    }
  }

  #spend(module: string, { inputTokens = 0, outputTokens = 0, costUsd = 0 }: Partial<Spent>): void {
    const spent = this.spent.get(module) ?? { inputTokens: 0, outputTokens: 0, costUsd: 0 };
    spent.inputTokens += inputTokens;
    spent.outputTokens += outputTokens;
    spent.costUsd += costUsd;
    this.spent.set(module, spent);
  }
}

const increase = (counts: Map<string, number>, key: string, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

/** Of JSON that the hub has written itself. */
const numberIn = (json: string, label: string): number => {
  const at = json.indexOf(label);
  return at < 0 ? 0 : Number.parseInt(json.slice(at + label.length, at + label.length + 15), 10);
};
