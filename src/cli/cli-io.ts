import type { Readable, Writable } from 'node:stream';

/** What a process has, and a test can give. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly environment: Record<string, string | undefined>;
  /** Whether people read what goes to stdout. */
  readonly isTerminal: boolean;
  /** Of the terminal. */
  readonly columns: number;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** This process turns into the hub. Resolves when that listens. */
  becomeHub(): Promise<void>;
}
