/** Works of one key run one after the other, in the order in which they were asked for; those of different keys do not wait. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins at once where nothing of the key is under way. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, result);
    const forget = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
