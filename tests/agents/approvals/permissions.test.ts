import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from '../../support/test-hub.js';
import { type AgentHub, type AnyBody, startAgentHub } from '../agent-hub.js';

const bash = (command: string): string => `[[tool Bash ${JSON.stringify({ command })}]]`;

const registerWith = (hub: AgentHub, permissions: object, runtime: object = {}) =>
  hub.registerAgent('Processor', runtime, { permissions });

/** What the tool answered. */
const answerTo = async (hub: AgentHub, payload: string): Promise<string> =>
  (await hub.ask(payload)).reply.payload.response;

const isMade = (hub: AgentHub, name: string): boolean => existsSync(join(hub.folder, 'agents', 'Processor', name));

test('what the descriptor allows runs unasked, and it is on record who allowed it', async (t) => {
  const hub = await startAgentHub(t);
  await registerWith(hub, { allow: ['Bash(touch *)'] });
  await answerTo(hub, bash('touch one && touch two'));
  assert.ok(isMade(hub, 'one') && isMade(hub, 'two'));
  const [approval] = (await hub.get('/v1/approvals')).items;
  assert.deepEqual(
    [approval.state, approval.decidedBy, approval.message],
    ['allowed', 'policy', 'Bash(touch *) allows this.'],
  );
  const events = await hub.events({ types: 'approval.*' });
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.by]),
    [['approval.decided', 'policy']],
  );
});

test('a chain with a command that is not allowed is asked about', async (t) => {
  const hub = await startAgentHub(t);
  await registerWith(hub, { allow: ['Bash(touch *)'] });
  const sent = await hub.send(bash('touch one; mkdir two'));
  const { data } = await hub.when({ types: 'approval.requested', message: sent.id });
  assert.equal(data.description, 'touch one; mkdir two');
  assert.equal(isMade(hub, 'one'), false);
});

test('what the descriptor denies is denied, also where Claude Code or a person would have let it pass', async (t) => {
  const hub = await startAgentHub(t);
  await registerWith(
    hub,
    { allow: ['Bash'], deny: ['Bash(ls *)', 'Bash(touch made)', 'Write'] },
    { allowedTools: ['Bash(touch *)'] },
  );
  assert.match(await answerTo(hub, bash('ls')), /denied/, 'Claude Code itself asks nobody about ls');
  assert.match(await answerTo(hub, bash('touch made')), /denied/);
  assert.match(await answerTo(hub, '[[tool Write {"file_path":"made","content":"x"}]]'), /No such tool|not enabled/);
  assert.equal(isMade(hub, 'made'), false);
  await answerTo(hub, bash('touch other'));
  assert.ok(isMade(hub, 'other'));
});

test('what the descriptor asks about is asked, also where Claude Code would have let it pass', async (t) => {
  const hub = await startAgentHub(t);
  await registerWith(hub, { allow: ['Bash'], ask: ['Bash(pwd)'] });
  const sent = await hub.send(bash('pwd'));
  const { data } = await hub.when({ types: 'approval.requested', message: sent.id });
  await hub.call('POST', `/v1/approvals/${data.approvalId}`, { decision: 'deny', message: 'No looking' });
  const reply = await hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  assert.match(reply.payload.response, /No looking/);
});

test('changed permissions hold at once, also for an agent that is at work', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send(`${bash('touch one')}${bash('touch two')}`);
  const { data } = await hub.when({ types: 'approval.requested', message: sent.id });
  await registerWith(hub, { deny: ['Bash(touch two)'] });
  await hub.call('POST', `/v1/approvals/${data.approvalId}`, { decision: 'allow' });
  const reply = await hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  assert.match(reply.payload.response, /Bash\(touch two\) denies this/);
  assert.deepEqual([isMade(hub, 'one'), isMade(hub, 'two')], [true, false]);
});

test('permissions that mean nothing are refused with their place', async (t) => {
  const hub = await startAgentHub(t);
  const pointersOf = async (descriptor: object): Promise<string[]> => {
    const { status, body } = await hub.register('Wrong', descriptor);
    assert.equal(status, 400, JSON.stringify(descriptor));
    return body.errors.map(({ pointer }: AnyBody) => pointer);
  };
  const permissions = { allow: ['Read', 'git *'], deny: ['Bash('] };
  assert.deepEqual(await pointersOf({ runtime: 'claude', permissions }), [
    '/permissions/allow/1',
    '/permissions/deny/0',
  ]);
  assert.deepEqual(await pointersOf({ permissions: { allow: ['Read'] } }), ['/permissions']);
  assert.deepEqual(await pointersOf({ runtime: 'claude', permissions: { alow: [] } }), ['/permissions/alow']);
});

test('a key of a module cannot give it permissions, and may change the rest', async (t) => {
  const hub = await startAgentHub(t);
  await registerWith(hub, { deny: ['Bash'] });
  const { key } = (await hub.call('POST', '/v1/modules/Processor/keys')).body;
  const patch = (body: object) => request(`${hub.url}/v1/modules/Processor`, { method: 'PATCH', key, body });
  assert.equal((await patch({ permissions: null })).status, 403);
  assert.equal((await patch({ permissions: { deny: [] } })).status, 403);
  assert.equal((await patch({ description: 'Does sums' })).status, 200);
});

test('permissions are bypassed only where the operator allows it, and never silently', async (t) => {
  const bypass = { permissionMode: 'bypassPermissions' };
  const strict = await startAgentHub(t);
  const refused = await strict.registerAgent('Processor', bypass);
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, '/runtime/permissionMode']);

  // Claude Code refuses it to root unless it is told that it is in a sandbox.
  const settings = { GRANGER_ALLOW_BYPASS_PERMISSIONS: 'true', IS_SANDBOX: '1' };
  const hub = await startAgentHub(t, { settings });
  await hub.registerAgent('Processor', bypass);
  const sent = await hub.ask(bash('touch made'));
  assert.equal(sent.reply.payload.status, 'SUCCESS');
  assert.ok(isMade(hub, 'made'));
  const events = await hub.events({ types: 'approval.*', message: sent.id });
  assert.deepEqual(
    events.map(({ type, subject }) => [type, subject.turnId]),
    [['approval.bypassed', sent.reply.payload.turnId]],
  );
});
