import { fdatasyncSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A disk that takes no longer is waited for where it is asked: the way to another thread and back takes as long. In milliseconds. */
const BRIEF_MS = 1;
/** A disk that took longer is not waited for again in this time, in milliseconds: others would wait with it. */
const SLOW_FOR_MS = 1000;

/**
 * Makes commits durable off the event loop. SQLite itself would wait for the disk inside `commit` (synchronous=FULL), and with it every
 * request: that was two fifths of the time of single sends. It syncs the log before a checkpoint either way (synchronous=NORMAL), and a
 * later frame of the log counts only with all before it, so this sync before the answer keeps the same promise.
 */
export class WriteAheadLog {
  readonly #file: string;
  #opened: Promise<FileHandle> | undefined;
  #slowUntil = 0;

  /** @param database its file */
  constructor(database: string) {
    this.#file = `${database}-wal`;
  }

  /**
   * Resolves when everything that is in the log now will be there after a crash of the machine.
   * @param isQuiet hardly anything else goes on in the hub that could wait for the disk
   */
  async sync(isQuiet: boolean): Promise<void> {
    this.#opened ??= open(this.#file, 'r');
    const file = await this.#opened;
    if (!isQuiet || performance.now() < this.#slowUntil) return await file.datasync();
    const began = performance.now();
    fdatasyncSync(file.fd);
    const ended = performance.now();
    if (ended - began > BRIEF_MS) this.#slowUntil = ended + SLOW_FOR_MS;
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}
