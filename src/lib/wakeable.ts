/** Somebody who can be woken, once or often. A wake-up that comes before the wait is not lost: the wait ends at once. */
export class Wakeable {
  #isWoken = false;
  #resume: (() => void) | undefined;

  wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  /** Takes the wake-up, so that the next wait is for the next one. */
  take(): boolean {
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    return wasWoken;
  }

  /** Resolves when woken, after `timeoutMs`, or when the signal is aborted. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      timer = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', resolve as () => void);
    });
    clearTimeout(timer);
    signal.removeEventListener('abort', this.#resume as () => void);
    this.#resume = undefined;
  }
}
