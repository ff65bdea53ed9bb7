import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claudeAccess } from './claude-access.js';
import { HubClient } from './hub-client.js';
import { startHubProcess } from './hub-process.js';
import { produceAndProcess } from './produce-and-process.js';

// Prints one line of JSON on stdout; what happens on the way there is told on stderr. Ctrl-C ends it and all that it has started.

const say = (line: string): void => console.error(line);

/** Runs the demo in a folder of its own, and leaves nothing behind. */
const runDemo = async (signal: AbortSignal): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'granger-demo-'));
  const closers = [() => rm(folder, { recursive: true, force: true })];
  try {
    const claude = await claudeAccess(folder);
    closers.push(claude.close);
    if (claude.isOffline) {
      say('There is no ANTHROPIC_API_KEY and no login: a stand-in on this machine plays the model.');
      say('Its answers are canned.');
    }
    const hub = await startHubProcess(folder, claude.environment, signal);
    closers.push(hub.stop);
    say(`The hub listens on ${hub.url}.`);
    const outcome = await produceAndProcess(new HubClient(hub, signal), say);
    console.log(JSON.stringify(outcome));
    if (outcome.processorResponse.status !== 'SUCCESS') process.exitCode = 1;
  } finally {
    for (const close of closers.reverse()) await close();
  }
};

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const stop = new AbortController();
for (const [name, code] of Object.entries(exitCodes)) {
  process.on(name, () => {
    process.exitCode = code;
    if (!stop.signal.aborted) say('\nThe demo is stopped.');
    stop.abort();
  });
}
try {
  await runDemo(stop.signal);
} catch (error) {
  if (!stop.signal.aborted) {
    say(`\nThe demo failed. ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
