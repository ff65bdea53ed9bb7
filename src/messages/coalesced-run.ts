/** Does a piece of work when asked to, once at a time: asked for while it is under way, however often, it is done once more afterwards. */
export class CoalescedRun {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;

  /** `work` must not reject. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  ask(): void {
    if (this.#running !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    this.#running = this.#work().then(() => {
      this.#running = undefined;
      if (!this.#isAskedAgain) return;
      this.#isAskedAgain = false;
      this.ask();
    });
  }

  /** Resolves when nothing is under way and nothing asked for. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }
}
