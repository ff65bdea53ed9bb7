import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawnHub, startHubProcess } from '../support/hub-process.js';
import { makeFolder } from '../support/test-hub.js';

test('wrong settings end the process with 2, all of them named, and nothing is written', async (t) => {
  const hub = await spawnHub(t, {
    settings: { GRANGER_PORT: 'http', GRANGER_LOG_LEVEL: 'loud', GRANGER_HOST: '0.0.0.0', GRANGER_DATABASE_URL: 'x' },
  });
  const { code, stdout, stderr } = await hub.ended;
  assert.deepEqual([code, stdout], [2, '']);
  for (const name of ['GRANGER_PORT', 'GRANGER_LOG_LEVEL', 'GRANGER_HOST', 'GRANGER_DATABASE_URL'])
    assert.match(stderr, new RegExp(`^ {2}${name}: `, 'm'));
});

test('.env in the working folder adds to the environment, which goes first; what is no setting is warned of', async (t) => {
  const cwd = await makeFolder(t);
  const adminKey = 'from-the-file-of-settings';
  const lines = ['# settings', `GRANGER_ADMIN_KEY="${adminKey}"`, 'GRANGER_PORT=1', 'GRANGER_PROT=1'];
  await writeFile(join(cwd, '.env'), lines.join('\n'));
  const hub = await startHubProcess(t, { cwd, adminKey });
  assert.equal((await hub.call('GET', '/v1/keys')).status, 200);
  assert.notEqual(new URL(hub.url).port, '1');
  assert.match(hub.stdout(), /^The admin key is as set in GRANGER_ADMIN_KEY$/m);
  hub.child.kill('SIGTERM');
  assert.match((await hub.ended).stderr, /GRANGER_PROT.*are none/);
});
