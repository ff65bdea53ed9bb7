import type { TestEvent } from 'node:test/reporters';

type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

interface Counts {
  passed: number;
  skipped: number;
  failed: number;
}

/**
 * Counts what a test run really did: tests that hold no others, and each failure once. A batch that cannot be loaded, is killed or runs
 * out of time is a failed test of its own, and so is a file without a test.
 */
export class TestTally {
  #aborted = 0;
  readonly #unseen: Set<string>;
  readonly #counts = new Map<string | undefined, Counts>();
  /** The nesting of the last test that ended in a file: children are reported right before the test that holds them. */
  readonly #lastNesting = new Map<string | undefined, number>();

  /** @param files absolute, each with a test that should run */
  constructor(files: readonly string[]) {
    this.#unseen = new Set(files);
  }

  add(event: TestEvent): void {
    if (event.type === 'test:pass' || event.type === 'test:fail') this.#count(event);
  }

  /** The run was ended from outside. */
  abort(): void {
    this.#aborted += 1;
  }

  /** Files, and batches, in which something failed. */
  get failedFiles(): string[] {
    return [...this.#counts].flatMap(([file, { failed }]) => (file === undefined || failed === 0 ? [] : [file]));
  }

  /** They are run again: what they have done until now does not count. @param again those of them that should run */
  forget(files: readonly string[], again: readonly string[]): void {
    for (const file of files) this.#counts.delete(file);
    for (const file of again) {
      this.#counts.delete(file);
      this.#unseen.add(file);
    }
  }

  /** Files of which no test has ended. */
  get emptyFiles(): string[] {
    return [...this.#unseen];
  }

  get passed(): number {
    return this.#sum('passed');
  }

  get skipped(): number {
    return this.#sum('skipped');
  }

  get failed(): number {
    return this.#sum('failed') + this.#aborted + this.#unseen.size;
  }

  get isSuccess(): boolean {
    return this.failed === 0 && this.passed > 0;
  }

  get summary(): string {
    return `${this.passed} passed, ${this.failed} failed${this.skipped > 0 ? `, ${this.skipped} skipped` : ''}`;
  }

  #sum(of: keyof Counts): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + counts[of], 0);
  }

  #of(file: string | undefined): Counts {
    const counts = this.#counts.get(file) ?? { passed: 0, skipped: 0, failed: 0 };
    this.#counts.set(file, counts);
    return counts;
  }

  #count(ended: Ended): void {
    const { file, name, nesting, skip, todo, details } = ended.data;
    const holdsOthers = (this.#lastNesting.get(file) ?? 0) > nesting;
    this.#lastNesting.set(file, nesting);
    if (file !== undefined) this.#unseen.delete(file);
    const isOptional = isGiven(skip) || isGiven(todo);
    if (ended.type === 'test:fail' && !isOptional) {
      if (!failedByOthers(ended.data.details.error)) this.#of(file).failed += 1;
    } else if (holdsOthers || details.type === 'suite' || name === file) return;
    else if (isOptional) this.#of(file).skipped += 1;
    else this.#of(file).passed += 1;
  }
}

/** `skip: ''` is a skip without a reason. */
const isGiven = (mark: string | boolean | undefined): boolean => mark !== undefined && mark !== false;

/** A test fails with its subtests: they are counted, it is not. */
const failedByOthers = (error: Error): boolean => 'failureType' in error && error.failureType === 'subtestsFailed';
