import { PassThrough, Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { tellClaude } from '../../src/agents/probe/tell-claude.js';
import type { CliIo } from '../../src/cli/cli-io.js';
import { runCli } from '../../src/cli/program.js';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly url?: string;
  readonly key?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  /** Told of each piece that goes to stdout, with all that came before. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line in this process, against a real hub. */
export async function granger(options: CliOptions, ...argv: readonly string[]): Promise<CliRun> {
  const { url, key, environment = {}, isTerminal = false, columns = 80, stdin = '', onOutput } = options;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let seen = '';
  stdout.on('data', (chunk: Buffer) => {
    seen += chunk;
    onOutput?.(seen);
  });
  const told = readAll(stderr);
  const io: CliIo = {
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    environment: {
      ...(url === undefined ? {} : { GRANGER_URL: url }),
      ...(key === undefined ? {} : { GRANGER_KEY: key }),
      ...environment,
    },
    isTerminal,
    columns,
    terminal: undefined,
    interrupted: options.signal ?? new AbortController().signal,
    probeClaude: tellClaude,
    becomeHub: () => Promise.reject(new Error('not in this process')),
  };
  const code = await runCli(argv, io);
  stdout.end();
  stderr.end();
  return { code, stdout: seen, stderr: await told };
}
