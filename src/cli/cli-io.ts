import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  onResize(listener: () => void): void;
  /** Raw: keys come one by one, and are not shown. */
  setRaw(isRaw: boolean): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts the installed Claude Code, and tells what it is and what to do where something is wrong with it. */
export type ProbeClaude = (
  program: string,
  environment: Environment,
) => Promise<{ readonly says: string; readonly advice?: string }>;

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
  /** Undefined where there is none to draw on and to read keys from. */
  readonly terminal: Terminal | undefined;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** As the hub does it. */
  readonly probeClaude: ProbeClaude;
  /** This process turns into the hub. Resolves when that listens. */
  becomeHub(): Promise<void>;
}
