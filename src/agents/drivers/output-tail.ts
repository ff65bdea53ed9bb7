/** Keeps the last bytes of a stream that is only read when something went wrong. */
export class OutputTail {
  readonly #maxBytes: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    const joined = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = Buffer.from(joined.subarray(Math.max(0, joined.length - this.#maxBytes)));
  }

  toString(): string {
    return this.#bytes.toString('utf8');
  }
}
