/*
 * Hours and days are those of UTC: what was spent in one is forgotten with the next.
 */
const PERIOD_MS = { hour: 3_600_000, day: 86_400_000 } as const;
export type Period = keyof typeof PERIOD_MS;
export const periods = ['hour', 'day'] as const;

const measures = ['turns', 'tokens', 'usd'] as const;
export type Measure = (typeof measures)[number];

export type Spent = Readonly<Record<Measure, number>>;
export type Limits = Partial<Spent>;

export interface Budget extends Partial<Record<Period, Limits>> {
  readonly onExceeded?: 'wait' | 'fail';
}

/** A limit that is reached. */
export interface Exceeded {
  readonly period: Period;
  readonly startsAt: number;
  readonly resetsAt: number;
  readonly measure: Measure;
  readonly limit: number;
  readonly used: number;
}

export const startOfPeriod = (period: Period, now: number): number => now - (now % PERIOD_MS[period]);

/** The limit that holds a turn up longest; undefined where there is room for one more. */
export const exceededBudget = (
  budget: Budget,
  spent: Readonly<Record<Period, Spent>>,
  now: number,
): Exceeded | undefined => {
  for (const period of ['day', 'hour'] as const) {
    const limits = budget[period] ?? {};
    const measure = measures.find((each) => spent[period][each] >= (limits[each] ?? Number.POSITIVE_INFINITY));
    if (measure === undefined) continue;
    const startsAt = startOfPeriod(period, now);
    const [limit, used] = [limits[measure]!, spent[period][measure]];
    return { period, startsAt, resetsAt: startsAt + PERIOD_MS[period], measure, limit, used };
  }
  return undefined;
};
