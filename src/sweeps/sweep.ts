/** What the hub does by itself, in small steps: `runOnce` does a bounded part and says how much; more than 0 means that more may be left. */
export interface Sweep {
  readonly name: string;
  /** Between two rounds. */
  readonly everyMs: number;
  runOnce(now: number): Promise<number>;
}
