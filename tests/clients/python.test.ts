import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startHubThatKeepsFrom4 } from '../support/pruned-events.js';
import { shareHub } from '../support/shared-hub.js';
import type { TestHub } from '../support/test-hub.js';

const folder = fileURLToPath(new URL('../../clients/python', import.meta.url));
const shared = await shareHub();

/** The tests of the Python client are Python's own; each class of them is one test here. */
const runPython = async (tests: string, hub: TestHub = shared): Promise<void> => {
  const environment = {
    PATH: process.env.PATH,
    GRANGER_URL: hub.url,
    GRANGER_KEY: hub.key,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  await promisify(execFile)('python3', ['-W', 'error::ResourceWarning', '-m', 'unittest', tests], {
    cwd: folder,
    env: environment,
    timeout: 120_000,
  });
};

for (const [tests, what] of [
  ['tests.test_hub.HubTest', 'a Hub in Python does what the contract says'],
  ['tests.test_hub.EventsTest', 'events in Python come each once, over cut connections'],
  ['tests.test_hub.AsyncHubTest', 'an AsyncHub does what a Hub does, awaited'],
  ['tests.test_modules.ModuleTest', 'a BaseModule registers, works, answers, keeps its leases, and stops in order'],
  ['tests.test_modules.AsyncModuleTest', 'an AsyncBaseModule does the same in an event loop'],
] as const) {
  test(what, () => runPython(tests));
}

test('events in Python that are lost are said to be', async (t) => {
  await runPython('tests.test_hub.LostEventsTest', await startHubThatKeepsFrom4(t));
});
