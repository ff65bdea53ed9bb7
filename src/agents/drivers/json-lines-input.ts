import type { Writable } from 'node:stream';

/** Writes JSON lines to a child. What a dead child cannot read is dropped: its exit tells the story. */
export class JsonLinesInput {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', () => {});
  }

  write(line: object): void {
    if (this.#stream.writable) this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  close(): void {
    this.#stream.end();
  }
}
