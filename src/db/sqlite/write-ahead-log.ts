import { type FileHandle, open } from 'node:fs/promises';

/**
 * Makes commits durable off the event loop. SQLite itself would wait for the disk inside `commit` (synchronous=FULL), and with it every
 * request: that was two fifths of the time of single sends. It syncs the log before a checkpoint either way (synchronous=NORMAL), and a
 * later frame of the log counts only with all before it, so this sync before the answer keeps the same promise.
 */
export class WriteAheadLog {
  readonly #file: string;
  #opened: Promise<FileHandle> | undefined;

  /** @param database its file */
  constructor(database: string) {
    this.#file = `${database}-wal`;
  }

  /** Resolves when everything that is in the log now will be there after a crash of the machine. */
  async sync(): Promise<void> {
    this.#opened ??= open(this.#file, 'r');
    await (await this.#opened).datasync();
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}
