import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useOfflineClaude } from '../../support/claude-cli.js';
import { startHubProcess } from '../../support/hub-process.js';
import { makeFolder } from '../../support/test-hub.js';
import { whenEvent } from '../../support/when-event.js';
import { agentPids, agentSettings, startAgentHub } from '../agent-hub.js';

const TOUCH = '[[tool Bash {"command":"touch made"}]]';

test('a hub that is killed while an agent asks: the turn was interrupted, and the next hub is asked again', async (t) => {
  const claude = await useOfflineClaude(t);
  const folder = await makeFolder(t);
  const settings = { ...agentSettings(claude), GRANGER_LOG_LEVEL: 'silent' };
  const killed = await startHubProcess(t, { folder, settings });
  await killed.call('PUT', '/v1/modules/Producer', {});
  await killed.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const message = { from: 'Producer', to: 'Processor', payload: { message: TOUCH } };
  const { id } = (await killed.call('POST', '/v1/messages', message)).body;
  const first = await whenEvent(killed, { types: 'approval.requested', message: id });
  killed.child.kill('SIGKILL');
  await killed.ended;

  const next = await startHubProcess(t, { folder, settings });
  const withdrawn = await whenEvent(next, { types: 'approval.withdrawn', message: id });
  assert.equal(withdrawn.data.approvalId, first.data.approvalId);
  const late = await next.call('POST', `/v1/approvals/${first.data.approvalId}`, { decision: 'allow' });
  assert.deepEqual([late.status, late.body.code], [409, 'approval_decided']);
  const again = await whenEvent(next, { types: 'approval.requested', message: id, after: String(withdrawn.seq) });
  assert.notEqual(again.data.approvalId, first.data.approvalId);
  const decided = await next.call('POST', `/v1/approvals/${again.data.approvalId}`, { decision: 'allow' });
  assert.equal(decided.body.state, 'allowed');
  const reply = await next.call('GET', `/v1/messages/${id}/reply?wait=30`);
  assert.equal(reply.body.payload.status, 'SUCCESS');

  const events = (await next.call('GET', `/v1/events?limit=1000&message=${id}&types=turn.*,approval.*`)).body.items;
  const fate = events.map(({ type }: { type: string }) => type).filter((type: string) => type !== 'turn.output');
  assert.deepEqual(fate, [
    'turn.started',
    'approval.requested',
    'approval.withdrawn',
    'turn.interrupted',
    'turn.started',
    'approval.requested',
    'approval.decided',
    'turn.succeeded',
  ]);
  next.child.kill('SIGTERM');
  assert.equal((await next.ended).code, 0);
});

test('a process that is killed while it asks takes its question with it, and the next one asks again', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send(TOUCH);
  const first = await hub.when({ types: 'approval.requested', message: sent.id });
  const [pid] = await agentPids(hub);
  process.kill(pid!, 'SIGKILL');
  const withdrawn = await hub.when({ types: 'approval.withdrawn', message: sent.id });
  const again = await hub.when({ types: 'approval.requested', message: sent.id, after: String(withdrawn.seq) });
  assert.notEqual(again.data.approvalId, first.data.approvalId);
  await hub.call('POST', `/v1/approvals/${again.data.approvalId}`, { decision: 'deny', message: 'Enough' });
  const reply = await hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  assert.match(reply.payload.response, /Enough/);
});
