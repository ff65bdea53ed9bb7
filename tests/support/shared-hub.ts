import { after, type TestContext } from 'node:test';
import { startTestHub, type TestHub, type TestHubOptions } from './test-hub.js';

/** One hub for all tests of a file, for those that do not disturb each other. Stopped after the last. */
export async function shareHub(options: TestHubOptions = {}): Promise<TestHub> {
  const teardowns: (() => unknown)[] = [];
  const owner: Pick<TestContext, 'after'> = { after: (teardown) => void teardowns.push(teardown as () => unknown) };
  after(async () => {
    for (const teardown of teardowns.reverse()) await teardown();
  });
  return await startTestHub(owner as TestContext, options);
}
