/** Seconds; the last bucket is everything. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600] as const;

interface Series {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** As prom-client asks its metrics for what they know. */
export interface Scraped {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly aggregator: 'sum';
  readonly values: readonly { readonly metricName: string; readonly labels: object; readonly value: number }[];
}

/** A histogram by module that costs an addition an observation: names and labels are put together when somebody asks. */
export class BucketHistogram {
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  observe(module: string, seconds: number): void {
    let series = this.#series.get(module);
    if (series === undefined) {
      series = { buckets: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0, count: 0 };
      this.#series.set(module, series);
    }
    let index = 0;
    while (index < BOUNDS.length && seconds > BOUNDS[index]!) index++;
    series.buckets[index]!++;
    series.sum += seconds;
    series.count++;
  }

  async get(): Promise<Scraped> {
    const { name, help } = this;
    const values = [...this.#series].flatMap(([module, series]) => valuesOf(name, module, series));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }

  reset(): void {
    this.#series.clear();
  }
}

const valuesOf = (name: string, module: string, { buckets, sum, count }: Series): Scraped['values'] => {
  let below = 0;
  const upTo = buckets.map((inBucket, index) => {
    below += inBucket;
    return { metricName: `${name}_bucket`, labels: { le: BOUNDS[index] ?? '+Inf', module }, value: below };
  });
  return [
    ...upTo,
    { metricName: `${name}_sum`, labels: { module }, value: sum },
    { metricName: `${name}_count`, labels: { module }, value: count },
  ];
};
