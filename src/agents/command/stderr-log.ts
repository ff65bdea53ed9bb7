import { StringDecoder } from 'node:string_decoder';

export interface StderrLimits {
  readonly lineCharacters: number;
  /** Most lines in a window of time; of a flood only the beginning is told, and how much of it was not. */
  readonly windowLines: number;
  readonly windowMs: number;
}

const LIMITS: StderrLimits = { lineCharacters: 4096, windowLines: 100, windowMs: 10_000 };

/** Hands on what a program says on stderr, line by line and within bounds. */
export class StderrLog {
  readonly #tell: (line: string) => void;
  readonly #limits: StderrLimits;
  readonly #now: () => number;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #windowStart = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(
    tell: (line: string) => void,
    limits: StderrLimits = LIMITS,
    now: () => number = () => performance.now(),
  ) {
    this.#tell = tell;
    this.#limits = limits;
    this.#now = now;
  }

  push(chunk: Buffer): void {
    for (const [index, piece] of this.#decoder.write(chunk).split('\n').entries()) {
      if (index > 0) this.#endLine();
      this.#line += piece.slice(0, this.#limits.lineCharacters - this.#line.length);
    }
  }

  /** Hands on what came after the last newline. */
  end(): void {
    if (this.#line !== '') this.#endLine();
    this.#endWindow();
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (this.#now() - this.#windowStart >= this.#limits.windowMs) {
      this.#endWindow();
      this.#windowStart = this.#now();
    }
    this.#lines++;
    if (this.#lines <= this.#limits.windowLines) this.#tell(line);
  }

  #endWindow(): void {
    const left = this.#lines - this.#limits.windowLines;
    this.#lines = 0;
    if (left > 0) this.#tell(`(${left} more lines)`);
  }
}
