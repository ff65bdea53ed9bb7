import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { type AnyBody, agentSettings } from '../agents/agent-hub.js';
import { useOfflineClaude } from '../support/claude-cli.js';
import { type ClusterHub, clusterDatabase, joinCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { startHubProcess } from '../support/hub-process.js';
import { whenEvent } from '../support/when-event.js';

const request = (message: string) => ({
  from: 'Producer',
  to: 'Processor',
  conversationId: 'door',
  payload: { message },
});

test('a hub that is held up in the first turn of a conversation leaves it to the hub that went on with it', async (t) => {
  const url = await clusterDatabase(t);
  let second: ClusterHub | undefined;
  t.after(() => second?.stop());
  const settings = agentSettings(await useOfflineClaude(t));
  const own = { ...settings, GRANGER_DATABASE_URL: url, GRANGER_LOG_LEVEL: 'silent' };
  const first = await startHubProcess(t, { settings: own });
  await first.call('PUT', '/v1/modules/Producer', {});
  await first.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const sent = (await first.call('POST', '/v1/messages', request('[[slow 200ms x 20]]'))).body;
  await whenEvent(first, { types: 'turn.output', message: sent.id });
  const [held] = (await first.call('GET', '/v1/instances')).body.items;
  first.child.kill('SIGSTOP');
  second = await joinCluster(t, url, { settings });
  await whenEvent(second, { types: 'turn.succeeded', message: sent.id });
  first.child.kill('SIGCONT');
  await eventually(async () => !existsSync(`/proc/${held.pid}`));
  const { reply } = (await second.call('POST', '/v1/messages?wait=30', request('[[say and on]]'))).body;
  assert.equal(reply.payload.response, 'and on');
  const { items } = (await second.call('GET', '/v1/turns?module=Processor')).body;
  const states = items.map(({ state }: AnyBody) => state);
  assert.deepEqual(states, ['succeeded', 'succeeded', 'interrupted']);
  assert.equal(items[0].instanceId, items[1].instanceId);
});
