const NEWLINE = 0x0a;

export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';

  constructor(maxBytes: number) {
    super(`A line is longer than ${maxBytes} bytes.`);
  }
}

/** Bytes to lines. Decodes whole lines only, so that a character may arrive in pieces. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  *push(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      yield this.takeRest();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** What came after the last newline. */
  takeRest(): string {
    const line = Buffer.concat(this.#pieces, this.#length).toString('utf8');
    this.#pieces = [];
    this.#length = 0;
    return line;
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) throw new LineTooLongError(this.#maxBytes);
    if (piece.length > 0) this.#pieces.push(piece);
  }
}
