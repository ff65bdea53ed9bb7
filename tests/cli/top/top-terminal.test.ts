import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAgentHub } from '../../agents/agent-hub.js';
import { grangerFolder } from '../../support/compiled-hub.js';
import { eventually } from '../../support/eventually.js';
import { granger } from '../../support/test-cli.js';
import { startTestHub } from '../../support/test-hub.js';
import { needsTmux, openTmux } from '../../support/tmux.js';

const crash = fileURLToPath(new URL('../../fixtures/crashes-on-screen.ts', import.meta.url));

const skip = needsTmux();

const openTerminal = async (t: TestContext, hub: { readonly url: string; readonly key: string }) => {
  const bin = await grangerFolder();
  const environment = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: '/nowhere',
    GRANGER_URL: hub.url,
    GRANGER_KEY: hub.key,
  };
  return await openTmux(t, { environment });
};

/** Keys are shown again, come line by line, and the screen is the shell's. */
const isRestored = async (terminal: Awaited<ReturnType<typeof openTerminal>>): Promise<void> => {
  await eventually(async () => !(await terminal.state()).isTaken);
  assert.deepEqual(await terminal.state(), { isTaken: false, hasCursor: true });
  await terminal.type('stty -a | grep -o -E -- "-?(icanon|echo|isig)\\b" | tr "\\n" " "; echo "end"');
  await terminal.shows(/^isig icanon echo end$/m);
};

test('granger top shows what needs attention, allows it by a key, shows the words, and gives the terminal back', {
  timeout: 180_000,
}, async (t) => {
  const hub = await startAgentHub(t);
  const terminal = await openTerminal(t, hub);
  await terminal.type('granger top');
  const first = await terminal.shows(/NEEDS ATTENTION\n +nothing/);
  assert.match(first, /granger \d+\.\d+\.\d+ \| up \d+ s \| \d+ modules/);
  assert.deepEqual(await terminal.state(), { isTaken: true, hasCursor: false });

  await hub.send('[[tool Bash {"command":"touch asked","description":"Touch a file"}]] [[say All done.]]');
  await terminal.shows(/> approve\? +apr_\d+ +Processor +Bash +Touch a file/);
  await terminal.shows(/POOL\n +inst_\d+ +busy +Processor/);
  await terminal.keys('a');
  await terminal.shows(/approve apr_\d+: done/);
  await hub.when({ types: 'turn.succeeded' });
  await terminal.shows(/NEEDS ATTENTION\n +nothing/);

  await terminal.shows(/> inst_\d+ +idle/);
  await terminal.keys('p');
  await terminal.shows(/> inst_\d+ +paused/);
  await terminal.keys('p');
  await terminal.shows(/> inst_\d+ +idle/);

  await hub.send('[[hang]]');
  await terminal.shows(/RUNNING TURNS\n +turn_\d+ +running +Processor +\S+/);
  await terminal.keys('i');
  await terminal.shows(/interrupt inst_\d+: done/);
  await terminal.shows(/RUNNING TURNS\n +none/);
  await terminal.shows(/dead +dlv_\d+ +Processor/);

  await terminal.resize(60, 12);
  await terminal.shows(/q quit|…/);
  assert.ok((await terminal.screen()).split('\n').every((line) => line.length <= 60));

  await terminal.keys('q');
  await isRestored(terminal);
});

test('Ctrl-C, a signal and the end of the hub leave the terminal as it was', { timeout: 120_000, skip }, async (t) => {
  const hub = await startTestHub(t);
  const terminal = await openTerminal(t, hub);
  await terminal.type('granger top');
  await terminal.shows(/RUNNING TURNS/);
  await terminal.keys('C-c');
  await isRestored(terminal);

  await terminal.type('clear; granger top & sleep 1; fg > /dev/null; echo "it ended with $?"');
  await terminal.shows(/RUNNING TURNS/);
  await hub.stop();
  await terminal.shows(/cannot be reached; trying again/);
  await terminal.keys('q');
  await isRestored(terminal);
});

test('a crash leaves the terminal as it was, with what went wrong on it', { timeout: 60_000, skip }, async (t) => {
  const hub = await startTestHub(t);
  const terminal = await openTerminal(t, hub);
  await terminal.type(`cd ${fileURLToPath(new URL('../../..', import.meta.url))}; clear; node --import tsx ${crash}`);
  await terminal.shows(/Error: it broke in the middle/);
  await isRestored(terminal);
});

test('where there is no terminal, top says so', { timeout: 60_000 }, async (t) => {
  const { code, stderr } = await granger(await startTestHub(t), 'top');
  assert.equal(code, 2);
  assert.match(stderr, /terminal/);
});
