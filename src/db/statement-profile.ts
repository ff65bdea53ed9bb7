export interface StatementTimes {
  readonly name: string;
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** What a statement has taken so far. */
export interface StatementEntry {
  readonly name: string;
  count: number;
  totalMs: number;
  maxMs: number;
}

export interface SlowStatement {
  readonly statement: string;
  readonly tookMs: number;
  /** How the database goes about it; left out where it was said within the last minute. */
  readonly plan?: readonly string[];
}

export interface StatementProfileOptions {
  readonly slowMs: number;
  readonly onSlow: (slow: SlowStatement) => void;
}

type Explain = () => readonly string[] | Promise<readonly string[]>;

const EXPLAIN_AGAIN_MS = 60_000;

/** How often each statement runs and how long it takes. Always on: two readings of the clock a statement, about a tenth of a microsecond. */
export class StatementProfile {
  readonly #options: StatementProfileOptions;
  readonly #entries = new Map<string, StatementEntry>();
  readonly #explainedAt = new Map<StatementEntry, number>();

  constructor(options: StatementProfileOptions = { slowMs: Number.POSITIVE_INFINITY, onSlow: () => undefined }) {
    this.#options = options;
  }

  /** The one of this name. */
  entry(name: string): StatementEntry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const entry = { name, count: 0, totalMs: 0, maxMs: 0 };
    this.#entries.set(name, entry);
    return entry;
  }

  took(entry: StatementEntry, tookMs: number, explain: Explain): void {
    entry.count++;
    entry.totalMs += tookMs;
    if (tookMs > entry.maxMs) entry.maxMs = tookMs;
    if (tookMs > this.#options.slowMs) void this.#report(entry, tookMs, explain);
  }

  /** Those that took most of the time first. */
  times(): StatementTimes[] {
    return [...this.#entries.values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.totalMs - a.totalMs)
      .map((entry) => ({ ...entry }));
  }

  async #report(entry: StatementEntry, tookMs: number, explain: Explain): Promise<void> {
    const now = performance.now();
    const isFresh = now - (this.#explainedAt.get(entry) ?? Number.NEGATIVE_INFINITY) < EXPLAIN_AGAIN_MS;
    if (!isFresh) this.#explainedAt.set(entry, now);
    const plan = isFresh ? {} : { plan: await planOf(explain) };
    this.#options.onSlow({ statement: entry.name, tookMs: Math.round(tookMs), ...plan });
  }
}

/** A statement that cannot be explained, as a commit, has no plan. */
const planOf = async (explain: Explain): Promise<readonly string[]> => {
  try {
    return await explain();
  } catch {
    return [];
  }
};

/** `update deliveries`, and where that stands in the code: what an operator looks for, and finds. */
export const statementName = (text: string, site: string): string => {
  const verb = /^\s*(?:with\b.*?\b)?(select|insert|update|delete)\b/is.exec(text)?.[1]?.toLowerCase() ?? 'run';
  const table = /\b(?:from|into|update)\s+"(\w+)"/i.exec(text)?.[1];
  return `${verb}${table === undefined ? '' : ` ${table}`} [${site}]`;
};

/** Who called the caller of this, as `file:line`, found when it is asked for. */
export const callSite = (): (() => string) => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 4;
  const trace = new Error('here');
  Error.stackTraceLimit = stackTraceLimit;
  return () =>
    /([^/\\]+)\.[a-z]+:(\d+):\d+\)?$/
      .exec(trace.stack?.split('\n')[3] ?? '')
      ?.slice(1, 3)
      .join(':') ?? 'built';
};
