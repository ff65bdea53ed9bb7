import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentEnvironment, agentLaunch } from '../../src/agents/agent-launch.js';
import { makeFolder } from '../support/test-hub.js';
import { agentModule } from './test-turn.js';

const profile = { name: 'default', folder: undefined };
const start = { tag: 'a-tag', session: { kind: 'new', id: 'an-id' }, profile, systemPrompt: 'Work.' } as const;
const settings = {
  program: 'claude',
  environment: {},
  allowBypassPermissions: false,
};

test('an agent works in a folder of its own unless it is given one', async (t) => {
  const dataFolder = await makeFolder(t);
  const launch = agentLaunch({ ...settings, dataFolder });
  const { cwd } = await launch(agentModule({}), start);
  assert.equal(cwd, join(dataFolder, 'agents', 'Processor'));
  assert.ok((await stat(cwd)).isDirectory());
  assert.equal((await launch(agentModule({ cwd: '/elsewhere' }), start)).cwd, '/elsewhere');
});

test('an agent whose permissions are bypassed starts only where the operator allows it', async (t) => {
  const dataFolder = await makeFolder(t);
  const bypassing = agentModule({ permissionMode: 'bypassPermissions' });
  const launchWith = (allowBypassPermissions: boolean) =>
    agentLaunch({ ...settings, dataFolder, allowBypassPermissions })(bypassing, start);
  await assert.rejects(launchWith(false), { code: 'agent_start_failed' });
  assert.equal((await launchWith(true)).permissionMode, 'bypassPermissions');
});

test('the settings of the hub are not inherited', () => {
  const environment = { PATH: '/bin', GRANGER_ADMIN_KEY: 'secret', GRANGER_DATA: '/data' };
  assert.deepEqual(agentEnvironment({ environment, dataFolder: '/data' }), { PATH: '/bin' });
});

test('with a key of the API agents have a config folder of their own, unless the operator names one', () => {
  const folderOf = (environment: Record<string, string>) =>
    agentEnvironment({ environment, dataFolder: '/data' }).CLAUDE_CONFIG_DIR;
  assert.equal(folderOf({ ANTHROPIC_API_KEY: 'k' }), join('/data', 'claude'));
  assert.equal(folderOf({ ANTHROPIC_AUTH_TOKEN: 'k' }), join('/data', 'claude'));
  assert.equal(folderOf({ ANTHROPIC_API_KEY: 'k', CLAUDE_CONFIG_DIR: '/mine' }), '/mine');
  assert.equal(folderOf({}), undefined, 'a login is found where the operator logged in');
});
