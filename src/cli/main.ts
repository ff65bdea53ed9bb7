#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CliIo } from './cli-io.js';
import { runCli } from './program.js';

// The process: what it has, handed to the command line; what of the hub it does as the hub does it; and what it turns into.

const IMPATIENT_MS = 2000;

const hubProgram = new URL('../main.js', import.meta.url);
const hubProbe = new URL('../agents/probe/tell-claude.js', import.meta.url);

if (existsSync('.env')) process.loadEnvFile('.env');

const interrupted = new AbortController();
const interrupt = (): void => {
  interrupted.abort();
  // What is under way may hang.
  setTimeout(() => process.exit(130), IMPATIENT_MS).unref();
};
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt);

// `granger events | head -1` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const io: CliIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
  terminal:
    process.stdin.isTTY === true && process.stdout.isTTY === true
      ? {
          size: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
          onResize: (listener) => void process.stdout.on('resize', listener),
          setRaw: (isRaw) => void process.stdin.setRawMode(isRaw),
        }
      : undefined,
  interrupted: interrupted.signal,
  probeClaude: async (program, environment) => (await import(hubProbe.href)).tellClaude(program, environment),
  becomeHub: async () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, interrupt);
    process.argv[1] = fileURLToPath(hubProgram);
    await import(hubProgram.href);
  },
};

process.exitCode = await runCli(process.argv.slice(2), io);
