/** In the words of pg for it, which `problemOf` and `isHung` know. */
const silence = (): Error => new Error('Query read timeout');

/** Watches whether a server says anything while it is asked. */
export class SilenceWatch {
  readonly #limitMs: number;
  readonly #onSilence: (error: Error) => void;
  #heardAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #judging: NodeJS.Immediate | undefined;
  #giveUp: ((error: Error) => void) | undefined;

  /** @param onSilence called again each time that the limit passes */
  constructor(limitMs: number, onSilence: (error: Error) => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
  }

  /** It is asked something all the time from now on. */
  start(): void {
    this.heard();
    if (this.#timer === undefined && this.#judging === undefined) this.#lookLater();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#judging);
    this.#timer = undefined;
    this.#judging = undefined;
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  /** The same, but rejects when nothing is heard for too long. */
  async orSilence<T>(answer: Promise<T>): Promise<T> {
    const givenUp = new Promise<never>((_, reject) => {
      this.#giveUp = reject;
    });
    try {
      return await Promise.race([answer, givenUp]);
    } finally {
      this.#giveUp = undefined;
    }
  }

  get #leftMs(): number {
    return this.#heardAt + this.#limitMs - performance.now();
  }

  #lookLater(): void {
    this.#timer = setTimeout(this.#look, this.#leftMs);
  }

  /** Where this process itself stood still, what has come meanwhile is read first. */
  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#leftMs > 0) this.#lookLater();
    else this.#judging = setImmediate(this.#judge);
  };

  readonly #judge = (): void => {
    this.#judging = undefined;
    if (this.#leftMs <= 0) this.#tell(silence());
    this.#lookLater();
  };

  #tell(error: Error): void {
    this.heard();
    this.#onSilence(error);
    this.#giveUp?.(error);
  }
}
