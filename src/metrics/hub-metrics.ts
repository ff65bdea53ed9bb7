import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { EventFeed } from '../events/event-feed.js';
import type { Awaitable } from '../lib/awaitable.js';
import { EventCounts, outcomes } from './event-counts.js';

/** What is asked for when somebody looks. */
export interface MetricSources {
  readonly feed: EventFeed;
  readonly version: string;
  queues(): readonly {
    readonly queue: string;
    readonly pending: number;
    readonly leased: number;
    readonly dead: number;
  }[];
  /** When the one was sent that has waited longest in a queue. */
  oldestPendingAt(queue: string): Awaitable<number | undefined>;
  modules(): number;
  instances(): number;
  agentsMax(): number;
  turns(): { readonly running: number; readonly waiting: number };
  subscribers(): { readonly websocket: number; readonly sse: number };
  statements(): readonly { readonly name: string; readonly count: number; readonly totalMs: number }[];
  sizeBytes(): Awaitable<number>;
  now(): number;
}

const NANOSECONDS = 1e9;
const MOST_STATEMENTS = 40;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];
type Samples = () => Awaitable<readonly Sample[]>;

interface SampledMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly samples: Samples;
}

/** The only file that knows prom-client. Counts are kept from events, as they are published; everything else is read at a scrape. */
export class HubMetrics {
  readonly counts = new EventCounts();
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  #cursor: number;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    this.#cursor = sources.feed.lastSeq;
    sources.feed.onPublished(() => this.#count());
    this.#addCounters();
    this.#addGauges();
    for (const histogram of [
      this.counts.waits,
      this.counts.durations,
      this.counts.turnDurations,
      this.counts.firstOutputs,
    ])
      this.#registry.registerMetric(histogram as unknown as Metric);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  start(): void {
    this.#loop.enable();
  }

  stop(): void {
    this.#loop.disable();
  }

  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  #count(): void {
    const events = this.#sources.feed.newest(this.#cursor) ?? [];
    this.#cursor = this.#sources.feed.lastSeq;
    for (const event of events) this.counts.add(event);
  }

  #addCounters(): void {
    const { counts } = this;
    this.#counter('granger_messages_sent_total', 'Messages that were accepted, by sender.', ['module'], () =>
      byModule(counts.sent),
    );
    this.#counter(
      'granger_deliveries_total',
      'What became of deliveries, by module and outcome.',
      ['module', 'outcome'],
      () =>
        outcomes.flatMap((outcome) =>
          byModule(counts.deliveries[outcome]).map(([labels, n]): Sample => [{ ...labels, outcome }, n]),
        ),
    );
    this.#counter(
      'granger_turns_total',
      'Turns of agents that are over, by how they ended.',
      ['module', 'outcome'],
      () =>
        [...counts.turns].map(([key, n]): Sample => {
          const [module = '', outcome = ''] = key.split('\n');
          return [{ module, outcome }, n];
        }),
    );
    this.#counter('granger_turn_tokens_total', 'Tokens of turns.', ['module', 'direction'], () =>
      [...counts.spent].flatMap(([module, { inputTokens, outputTokens }]): Sample[] => [
        [{ module, direction: 'input' }, inputTokens],
        [{ module, direction: 'output' }, outputTokens],
      ]),
    );
    this.#counter('granger_turn_cost_usd_total', 'Dollars that turns have cost.', ['module'], () =>
      [...counts.spent].map(([module, { costUsd }]): Sample => [{ module }, costUsd]),
    );
    const dearest = () => this.#sources.statements().slice(0, MOST_STATEMENTS);
    this.#counter('granger_database_statements_total', 'Runs of the dearest statements.', ['statement'], () =>
      dearest().map(({ name, count }): Sample => [{ statement: name }, count]),
    );
    this.#counter('granger_database_statement_seconds_total', 'Time that they took.', ['statement'], () =>
      dearest().map(({ name, totalMs }): Sample => [{ statement: name }, totalMs / 1000]),
    );
    this.#counter('granger_database_seconds_total', 'Time that all statements and commits took.', [], () => [
      [{}, this.#sources.statements().reduce((sum, { totalMs }) => sum + totalMs, 0) / 1000],
    ]);
    this.#counter('process_cpu_seconds_total', 'Processor time of the hub.', [], () => {
      const { user, system } = process.cpuUsage();
      return [[{}, (user + system) / 1e6]];
    });
  }

  #addGauges(): void {
    const sources = this.#sources;
    this.#gauge('granger_info', 'Always 1; says which version runs.', ['version'], () => [
      [{ version: sources.version }, 1],
    ]);
    this.#gauge(
      'granger_queue_depth',
      'Deliveries of a queue (a module, or # and a channel), by state.',
      ['queue', 'state'],
      () =>
        sources.queues().flatMap(({ queue, pending, leased, dead }): Sample[] => [
          [{ queue, state: 'pending' }, pending],
          [{ queue, state: 'leased' }, leased],
          [{ queue, state: 'dead' }, dead],
        ]),
    );
    this.#gauge('granger_queue_oldest_seconds', 'How long the one has waited that has waited longest.', ['queue'], () =>
      this.#ages(),
    );
    this.#gauge('granger_modules', 'Modules that are registered.', [], () => [[{}, sources.modules()]]);
    this.#gauge('granger_instances', 'Agent processes that live.', [], () => [[{}, sources.instances()]]);
    this.#gauge('granger_instances_limit', 'And how many there may be.', [], () => [[{}, sources.agentsMax()]]);
    this.#gauge('granger_turns_open', 'Turns that run, and messages that wait for one.', ['state'], () => {
      const { running, waiting } = sources.turns();
      return [
        [{ state: 'running' }, running],
        [{ state: 'waiting' }, waiting],
      ];
    });
    this.#gauge('granger_subscribers', 'Open streams.', ['kind'], () =>
      Object.entries(sources.subscribers()).map(([kind, count]): Sample => [{ kind }, count]),
    );
    this.#gauge('granger_events_last_seq', 'The number of the newest event.', [], () => [[{}, sources.feed.lastSeq]]);
    this.#gauge('granger_database_size_bytes', 'What the database takes on the disk.', [], async () => [
      [{}, await sources.sizeBytes()],
    ]);
    this.#gauge(
      'granger_event_loop_delay_seconds',
      'How late the event loop was since the scrape before.',
      ['quantile'],
      () => this.#delays(),
    );
    this.#gauge('process_resident_memory_bytes', 'Memory of the hub.', [], () => [[{}, process.memoryUsage.rss()]]);
    this.#gauge('nodejs_heap_used_bytes', 'Of which the heap of JavaScript.', [], () => [
      [{}, process.memoryUsage().heapUsed],
    ]);
  }

  async #ages(): Promise<readonly Sample[]> {
    const { now, queues, oldestPendingAt } = this.#sources;
    const waiting = queues().filter(({ pending }) => pending > 0);
    const ages = waiting.map(async ({ queue }): Promise<Sample> => {
      const at = await oldestPendingAt(queue);
      return [{ queue }, at === undefined ? 0 : (now() - at) / 1000];
    });
    return await Promise.all(ages);
  }

  #delays(): readonly Sample[] {
    const loop = this.#loop;
    const inSeconds = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns) / NANOSECONDS : 0);
    const delays: Sample[] = [50, 99].map((part) => [
      { quantile: String(part / 100) },
      inSeconds(loop.percentile(part)),
    ]);
    delays.push([{ quantile: '1' }, inSeconds(loop.max)]);
    loop.reset();
    return delays;
  }

  #counter(name: string, help: string, labelNames: readonly string[], samples: Samples): void {
    this.#sampled(Counter, { name, help, labelNames, samples });
  }

  #gauge(name: string, help: string, labelNames: readonly string[], samples: Samples): void {
    this.#sampled(Gauge, { name, help, labelNames, samples });
  }

  /** Read anew at each scrape. */
  #sampled(Kind: typeof Counter | typeof Gauge, { name, help, labelNames, samples }: SampledMetric): void {
    const metric: Counter | Gauge = new Kind({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: async () => {
        const now = await samples();
        metric.reset();
        for (const [labels, value] of now) metric.inc(labels, value);
      },
    });
  }
}

const byModule = (counts: ReadonlyMap<string, number>): Sample[] => [...counts].map(([module, n]) => [{ module }, n]);
