import type { TestContext } from 'node:test';
import { createKey, type KeyHolder } from '../support/hub-keys.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

export interface McpScene {
  readonly hub: TestHub;
  readonly asker: KeyHolder;
  readonly helper: KeyHolder;
}

/** A hub with Asker and Helper, and a key of each. */
export const openScene = async (t: TestContext): Promise<McpScene> => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Asker', { description: 'Asks' });
  await hub.call('PUT', '/v1/modules/Helper', { description: 'Helps', capabilities: ['help'] });
  const [asker, helper] = await Promise.all(
    ['Asker', 'Helper'].map((module) => createKey(hub, { scope: 'module', module })),
  );
  return { hub, asker: asker!, helper: helper! };
};
