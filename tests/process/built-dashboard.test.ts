import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DashboardFiles } from '../../src/http/dashboard-files.js';
import { spawnBuiltHub } from '../support/broker-process.js';
import { hubProgram } from '../support/compiled-hub.js';
import { makeFolder } from '../support/test-hub.js';

test('a compiled hub serves the dashboard, as one that runs from the sources does', async (t) => {
  const program = await hubProgram();
  const url = await spawnBuiltHub(t, { program, folder: await makeFolder(t) }).url;
  const files = new DashboardFiles();
  for (const name of files.names) {
    const answer = await fetch(`${url}/${name === 'index.html' ? '' : `dashboard/${name}`}`);
    assert.equal(answer.headers.get('etag'), (await files.find(name))?.etag, name);
  }
});
