import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findHub } from '../../src/client/find-hub.js';
import { GrangerClient } from '../../src/client/granger-client.js';
import { HubNotFound } from '../../src/client/hub-errors.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { startTestHub } from '../support/test-hub.js';

test('a hub on this machine is found by its data folder', async (t) => {
  const { folder, url, key } = await startTestHub(t);
  assert.deepEqual(findHub({ data: folder }, {}), { url, key });
  assert.deepEqual(findHub({}, { GRANGER_DATA: folder }), { url, key });
  const client = new GrangerClient(findHub({ data: folder }, {}));
  t.after(() => client.close());
  assert.equal((await client.stats()).modules, 0);
});

test('what is given goes before the environment, and that before the data folder', async (t) => {
  const { folder, url, key } = await startTestHub(t);
  const environment = { GRANGER_DATA: folder, GRANGER_URL: 'http://elsewhere:1', GRANGER_KEY: 'grk_other' };
  assert.deepEqual(findHub({}, environment), { url: 'http://elsewhere:1', key: 'grk_other' });
  assert.deepEqual(findHub({ url: 'http://here:2', key: 'grk_mine' }, environment), {
    url: 'http://here:2',
    key: 'grk_mine',
  });
  assert.deepEqual(findHub({ data: folder }, { GRANGER_URL: 'http://elsewhere:1' }), { url, key });
  assert.deepEqual(findHub({}, { GRANGER_DATA: folder, GRANGER_URL: '', GRANGER_KEY: '' }), { url, key });
});

test('where no hub runs, that is an error which names the folder', async (t) => {
  const folder = await makeTemporaryFolder(t);
  assert.throws(
    () => findHub({ data: folder }, {}),
    (error) => error instanceof HubNotFound && error.message.includes(folder),
  );
  await writeFile(join(folder, 'hub.json'), 'half of a f');
  assert.throws(() => findHub({ data: folder }, {}), HubNotFound);
});

test('a hub whose own settings gave it its key is opened with that one', async (t) => {
  const { folder, url } = await startTestHub(t, { settings: { GRANGER_ADMIN_KEY: 'a key that nobody guesses' } });
  assert.deepEqual(findHub({ data: folder }, { GRANGER_ADMIN_KEY: 'a key that nobody guesses' }), {
    url,
    key: 'a key that nobody guesses',
  });
});
