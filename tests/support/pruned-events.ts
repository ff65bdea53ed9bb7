import type { TestContext } from 'node:test';
import { register } from './stream-client.js';
import { connectBeside } from './test-database.js';
import { startTestHub, type TestHub } from './test-hub.js';

/** A hub whose first three events are not kept any more. */
export async function startHubThatKeepsFrom4(t: TestContext): Promise<TestHub> {
  const first = await startTestHub(t);
  await register(first, 'A', 'B', 'C');
  await first.stop();
  const beside = connectBeside(t, first.folder);
  beside.exec('delete from events where seq <= 3');
  beside.close();
  return await startTestHub(t, { folder: first.folder });
}
