import type { TestContext } from 'node:test';
import { afterAll } from './after-all.js';
import { startTestHub, type TestHub, type TestHubOptions } from './test-hub.js';

/** The files of a batch are loaded together: minutes may go by between what stands at the top of one and its last test. */
const patient = { GRANGER_STALE_SECONDS: '3600', GRANGER_OFFLINE_SECONDS: '3600' };

/** One hub for all tests of a file, for those that do not disturb each other. Stopped after the last. */
export async function shareHub(options: TestHubOptions = {}): Promise<TestHub> {
  const teardowns: (() => unknown)[] = [];
  const owner: Pick<TestContext, 'after'> = { after: (teardown) => void teardowns.push(teardown as () => unknown) };
  afterAll(async () => {
    for (const teardown of teardowns.reverse()) await teardown();
  });
  return await startTestHub(owner as TestContext, { ...options, settings: { ...patient, ...options.settings } });
}
