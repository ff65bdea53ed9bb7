import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Gone with the test. For tests that need no hub: to load one takes longer than many of them. */
export async function makeTemporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'granger-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
