import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { type AgentHub, type AnyBody, agentPids, fixtureAgent, startAgentHub, whenRunning } from './agent-hub.js';

/** The failure of the first attempt. */
async function failureOf(hub: AgentHub, prompt: string): Promise<AnyBody> {
  const sent = await hub.send(prompt, { maxAttempts: 1 });
  return (await hub.when({ types: 'turn.failed', message: sent.id })).data.error;
}

test('a process that says no first word in time is stopped at its turn, and is kept', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { phaseSeconds: { firstToken: 1 } });
  const error = await failureOf(hub, '[[hang-before-first]]');
  assert.deepEqual(error, {
    code: 'turn_stalled',
    message: 'No sign of life for 1 s while the first word was awaited.',
  });
  assert.equal((await agentPids(hub)).length, 1);
});

test('a process that stops in the middle of an answer is stopped at its turn', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { phaseSeconds: { streaming: 1 } });
  assert.match((await failureOf(hub, '[[hang]]')).message, /1 s while the answer came/);
});

test('a tool that runs for too long is ended with all below it, and the turn is run again', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { allowedTools: ['Bash'], phaseSeconds: { tool: 1 } });
  const { epoch } = await hub.get('/v1/stats');
  const sent = await hub.send('[[tool Bash {"command":"sleep 300"}]]');
  await whenRunning(epoch, 'sleep');
  const [{ phase }] = (await hub.get('/v1/instances')).items;
  assert.equal(phase, 'tool');
  const { data } = await hub.when({ types: 'turn.failed', message: sent.id });
  assert.match(data.error.message, /1 s while a tool ran/);
  await hub.when({ types: 'delivery.retried', message: sent.id });
  await hub.call('POST', `/v1/messages/${sent.id}/cancel`, {});
});

test('a process that does not answer at all is ended, although it ignores whoever asks it to', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('hangs') });
  await hub.registerAgent('Processor', { phaseSeconds: { spawning: 1 } });
  assert.match((await failureOf(hub, 'Anything')).message, /1 s while its process started/);
  await eventually(async () => (await agentPids(hub)).length === 0);
});

const init = { type: 'system', subtype: 'init', session_id: 's', model: 'm', tools: [] };
const retry = { type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 10, retry_delay_ms: 500 };
const compacting = { type: 'system', subtype: 'status', status: 'compacting' };

test('a process that goes silent while it tries the API again gets what the API asked to wait, and no more', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('says-its-lines') });
  await hub.registerAgent('Processor', { phaseSeconds: { apiRetry: 1 } });
  const error = await failureOf(hub, JSON.stringify([init, retry]));
  assert.match(error.message, /1\.5 s while the API was tried again/);
  await eventually(async () => (await agentPids(hub)).length === 0);
});

test('a process that goes silent while it compacts its context is ended', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('says-its-lines') });
  await hub.registerAgent('Processor', { phaseSeconds: { compacting: 1 } });
  const error = await failureOf(hub, JSON.stringify([init, compacting]));
  assert.match(error.message, /1 s while the context was compacted/);
  await eventually(async () => (await agentPids(hub)).length === 0);
});

test('a question that is open for too long is withdrawn with its turn, and the process is kept', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { phaseSeconds: { approval: 1 } });
  const error = await failureOf(hub, '[[tool Bash {"command":"touch made"}]]');
  assert.match(error.message, /1 s while a question was open/);
  const [{ state }] = (await hub.get('/v1/approvals')).items;
  assert.equal(state, 'withdrawn');
  assert.equal((await agentPids(hub)).length, 1);
});

test('a process that hangs as a whole is ended step by step, and the next one resumes its session', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { phaseSeconds: { streaming: 2 } });
  await hub.ask('[[say before]]');
  // It goes on for longer than the steps that end it take: what was said in full meanwhile would count.
  const sent = await hub.send('[[slow 400ms x 30]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const [pid] = await agentPids(hub);
  process.kill(pid!, 'SIGSTOP');
  await hub.when({ types: 'turn.succeeded', message: sent.id });
  assert.match((await hub.when({ types: 'turn.failed', message: sent.id })).data.error.code, /turn_stalled/);
  assert.ok(!(await agentPids(hub)).includes(pid!));
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say before\]\]/);
});

test('a turn that goes on saying something is not silent, however long it takes', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { phaseSeconds: { streaming: 2 } });
  const { reply } = await hub.ask('[[slow 500ms x 8]]');
  assert.equal(reply.payload.status, 'SUCCESS');
});

test('what the provider makes a turn wait is no time of the turn', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { timeoutSeconds: 3 });
  await hub.ask('[[say warm]]');
  const { reply } = await hub.ask('[[fail 529 retry-after 4 x 1]]', { maxAttempts: 1 });
  assert.equal(reply.payload.status, 'SUCCESS');
});

test('what a turn waits for a place is no time of the turn', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MEMORY_MB: '100' } });
  await hub.registerAgent('Patient', { timeoutSeconds: 5 });
  const slow = await hub.send('[[slow 500ms x 12]]');
  await hub.when({ types: 'turn.output', message: slow.id });
  const { reply } = await hub.ask('[[say at last]]', { to: 'Patient', maxAttempts: 1 });
  assert.equal(reply.payload.status, 'SUCCESS');
});
