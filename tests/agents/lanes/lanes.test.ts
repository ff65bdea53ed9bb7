import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentOf } from '../../../src/agents/lanes/claude-profiles.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock, makeFolder } from '../../support/test-hub.js';
import { type AnyBody, fixtureAgent, startAgentHub } from '../agent-hub.js';

const lanesOf = async (hub: { get(path: string): Promise<AnyBody> }) => (await hub.get('/readyz')).checks.lanes;

test('a provider that takes no more pauses the lane, no attempt is spent, and the turns go on when the pause is over', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock });
  const sent = await hub.send('[[fail 529]]', { maxAttempts: 1 });
  const { data } = await hub.when({ types: 'lane.paused' });
  assert.equal(data.lane, 'default');
  await hub.when({ types: 'delivery.released', message: sent.id });
  const { turn, deliveries } = await hub.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([turn.state, turn.error.code, deliveries[0].state], ['failed', 'api_529', 'pending']);
  const paused = await lanesOf(hub);
  assert.equal(paused.ok, false);
  assert.match(paused.detail, /^default paused until 2026-/);

  const other = await hub.send('[[say later]]', { conversationId: 'another' });
  clock.advance(Date.parse(data.until) - clock.now());
  await hub.when({ types: 'lane.resumed' });
  await hub.when({ types: 'turn.succeeded', message: other.id });
  assert.equal((await hub.events({ types: 'turn.started', message: other.id })).length, 1);
  const failures = () => hub.events({ types: 'turn.failed', message: sent.id });
  await eventually(async () => (await failures()).length === 2);
  const turns = await failures();
  assert.deepEqual(
    turns.map(({ data: { attempt } }) => attempt),
    [1, 1],
  );
});

test('a usage window that is closed pauses the lane until it opens', async (t) => {
  const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
  const hub = await startAgentHub(t, { clock, program: fixtureAgent('meets-its-limit') });
  const sent = await hub.send('Work', { maxAttempts: 1 });
  const { data } = await hub.when({ types: 'lane.paused' });
  assert.equal(data.until, '2026-01-01T05:00:00.000Z');
  const { availableAt } = (await hub.when({ types: 'delivery.released', message: sent.id })).data;
  assert.equal(availableAt, data.until);
});

test('a lane is paused for at least as long as the provider asked to wait in vain', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('waits-in-vain') });
  await hub.send('Work', { maxAttempts: 1 });
  const { at, data } = await hub.when({ types: 'turn.retrying' });
  const { until } = (await hub.when({ types: 'lane.paused' })).data;
  const waitedMs = Date.parse(until) - Date.parse(at) - data.delayMs;
  assert.ok(waitedMs > 250, 'from when the provider refused again, not from when it asked');
});

async function profileFolders(folder: string): Promise<string[]> {
  const folders = ['work', 'spare'].map((name) => join(folder, name));
  for (const each of folders) {
    await mkdir(each, { recursive: true });
    await writeFile(join(each, 'api-key'), 'sk-of-a-profile\n');
  }
  return folders;
}

test('profiles are lanes of their own: new conversations spread, and each goes on where it was begun', async (t) => {
  const [work, spare] = await profileFolders(await makeFolder(t));
  const hub = await startAgentHub(t, { settings: { GRANGER_CLAUDE_PROFILES: `work=${work}, spare=${spare}` } });
  for (const conversationId of ['a', 'b', 'a', 'b'])
    assert.equal((await hub.ask('[[say hello]]', { conversationId })).reply.payload.status, 'SUCCESS');
  const items: AnyBody[] = (await hub.get('/v1/instances')).items;
  const laneOf = new Map(items.map(({ conversationId, lane }) => [conversationId, lane]));
  assert.deepEqual([laneOf.get('a'), laneOf.get('b')], ['work', 'spare']);
  for (const each of [work!, spare!]) assert.ok((await readdir(each)).includes('projects'), each);

  for (const { id } of items) await hub.call('DELETE', `/v1/instances/${id}`);
  await hub.ask('[[say again]]', { conversationId: 'b' });
  const [again] = (await hub.get('/v1/instances')).items;
  assert.deepEqual([again.lane, again.conversationId], ['spare', 'b']);
  assert.deepEqual(await lanesOf(hub), { ok: true, detail: 'work open; spare open' });
});

test('an agent may ask for one of the profiles', async (t) => {
  const [work, spare] = await profileFolders(await makeFolder(t));
  const hub = await startAgentHub(t, { settings: { GRANGER_CLAUDE_PROFILES: `work=${work}, spare=${spare}` } });
  await hub.registerAgent('Processor', { profile: 'spare' });
  for (const conversationId of ['a', 'b']) await hub.ask('[[say hello]]', { conversationId });
  const lanes = (await hub.get('/v1/instances')).items.map(({ lane }: AnyBody) => lane);
  assert.deepEqual(lanes, ['spare', 'spare']);
});

test('an agent that asks for another profile leaves the sessions of the first, and is told what was said in them', async (t) => {
  const [work, spare] = await profileFolders(await makeFolder(t));
  const hub = await startAgentHub(t, { settings: { GRANGER_CLAUDE_PROFILES: `work=${work}, spare=${spare}` } });
  await hub.registerAgent('Processor', { profile: 'work' });
  await hub.ask('[[say the fish is blue]]', { conversationId: 'a' });
  await hub.registerAgent('Processor', { profile: 'spare' });
  const { reply } = await hub.ask('[[say and on]]', { conversationId: 'a' });
  assert.equal(reply.payload.response, 'and on');
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /the fish is blue/);
  assert.deepEqual(
    (await hub.get('/v1/instances')).items.map(({ lane }: AnyBody) => lane),
    ['spare'],
  );
});

test('the credential of a profile takes the place of any other', async (t) => {
  const [work] = await profileFolders(await makeFolder(t));
  const inherited = { PATH: '/bin', ANTHROPIC_API_KEY: 'of the hub', ANTHROPIC_AUTH_TOKEN: 'of the hub' };
  const environment = await environmentOf({ name: 'work', folder: work }, inherited);
  assert.deepEqual(environment, { PATH: '/bin', CLAUDE_CONFIG_DIR: work, ANTHROPIC_API_KEY: 'sk-of-a-profile' });
  const folder = join(work!, 'logged-in');
  assert.deepEqual(await environmentOf({ name: 'login', folder }, inherited), {
    PATH: '/bin',
    CLAUDE_CONFIG_DIR: folder,
  });
  assert.equal(await environmentOf({ name: 'default', folder: undefined }, inherited), inherited);
});
