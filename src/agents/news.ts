/** Lets many wait for the next change of something that they then look at again. */
export class News {
  #waiting = new Set<() => void>();

  tell(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves with the next news, or when the signal is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    let wake = (): void => undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.add(resolve);
      signal?.addEventListener('abort', resolve as () => void);
    });
    this.#waiting.delete(wake);
    signal?.removeEventListener('abort', wake);
  }
}
