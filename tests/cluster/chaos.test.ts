import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos } from '../support/cluster-chaos.js';
import { hubProgram } from '../support/compiled-hub.js';

// The long form, with figures: `npm run bench:cluster`.

test('hubs that are killed in turn, on a server that is started again, lose nothing and do nothing twice', async (t) => {
  const program = await hubProgram();
  const size = { hubs: 3, modules: 10, seconds: 9, killEverySeconds: 3, sendEveryMs: 200 };
  const { wrong, ...figures } = await runChaos({ program, ...size });
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(wrong, []);
  assert.ok(figures.sent > 20 && figures.kills >= 3, 'there was a load');
});
