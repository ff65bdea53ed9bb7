import type { Writable } from 'node:stream';

/** Writes JSON lines to a child. What a dead child cannot read is dropped: its exit tells the story, unless it lives on. */
export class JsonLinesInput {
  readonly #stream: Writable;

  /** @param onClosed called when the child does not read any more, dead or alive */
  constructor(stream: Writable, onClosed: () => void = () => {}) {
    this.#stream = stream;
    stream.on('error', onClosed);
  }

  write(line: object): void {
    if (this.#stream.writable) this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  close(): void {
    this.#stream.end();
  }
}
