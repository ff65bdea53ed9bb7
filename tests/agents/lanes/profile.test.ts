import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder, startTestHub } from '../../support/test-hub.js';
import { type AnyBody, restartHub, startAgentHub } from '../agent-hub.js';

const profilesIn = (folder: string, ...names: readonly string[]) => ({
  GRANGER_CLAUDE_PROFILES: names.map((name) => `${name}=${join(folder, name)}`).join(', '),
});

test('a profile that is not there is refused, over HTTP and in a file, and those that are there are named', async (t) => {
  const folder = await makeFolder(t);
  const modules = await makeFolder(t);
  await writeFile(join(modules, 'typist.yaml'), 'name: Typist\nruntime:\n  type: claude\n  profile: privat\n');
  const settings = { ...profilesIn(folder, 'work', 'private'), GRANGER_MODULES: modules };
  const hub = await startTestHub(t, { settings });
  const runtime = (profile: string) => ({ runtime: { type: 'claude', profile } });
  const refused = await hub.call('PUT', '/v1/modules/Agent', runtime('privat'));
  assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_request']);
  assert.deepEqual(refused.body.errors, [{ pointer: '/runtime/profile', message: 'must be one of work, private' }]);
  assert.equal((await hub.call('PUT', '/v1/modules/Agent', runtime('private'))).status, 201);
  const patched = await hub.call('PATCH', '/v1/modules/Agent', runtime('privat'));
  assert.deepEqual([patched.status, patched.body.errors], [400, refused.body.errors]);
  const { items } = (await hub.call('GET', '/v1/events?types=module.file_rejected')).body;
  assert.match(items[0].data.reason, /^typist\.yaml:4: There is no profile "privat".* work, private\.$/);
  assert.equal((await hub.call('GET', '/v1/modules/Typist')).status, 404);
});

test('an agent whose profile is gone says so, and uses no other credential', async (t) => {
  const folder = await makeFolder(t);
  const before = await startAgentHub(t, { settings: profilesIn(folder, 'work', 'private') });
  await before.registerAgent('Processor', { profile: 'private', prewarm: 1 });
  await before.stop();
  const hub = await restartHub(t, { ...before, settings: { ...before.settings, ...profilesIn(folder, 'work') } });
  const { id, reply } = await hub.ask('[[say hello]]');
  const problem = 'Processor asks for the profile "private", which is not there any more; there is work.';
  assert.deepEqual(reply.payload.error, { code: 'agent_start_failed', message: problem });
  const [{ state, attempt }] = (await hub.get(`/v1/messages/${id}`)).deliveries;
  assert.deepEqual([state, attempt], ['dead', 1]);
  const ahead = await hub.call('POST', '/v1/instances', { module: 'Processor' });
  assert.deepEqual([ahead.status, ahead.body.code, ahead.body.detail], [500, 'agent_crashed', problem]);
  const { items } = await hub.get('/v1/instances');
  assert.ok(
    items.every(({ lane }: AnyBody) => lane !== 'work'),
    'none was started',
  );
});
