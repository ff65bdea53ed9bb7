import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSettings } from '../agents/agent-hub.js';
import { useOfflineClaude } from '../support/claude-cli.js';
import { startHubProcess } from '../support/hub-process.js';
import { startPostgres } from '../support/postgres-server.js';
import { whenEvent } from '../support/when-event.js';

test('a turn that speaks while PostgreSQL is restarted is kept whole, and is not run again', async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const settings = agentSettings(await useOfflineClaude(t));
  const hub = await startHubProcess(t, { settings: { ...settings, GRANGER_DATABASE_URL: server.url } });
  await hub.call('PUT', '/v1/modules/Producer', {});
  await hub.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const message = { from: 'Producer', to: 'Processor', payload: { message: '[[slow 250ms x 16]]' } };
  const sent = (await hub.call('POST', '/v1/messages', message)).body;
  await whenEvent(hub, { types: 'turn.output', message: sent.id });
  await server.pause();
  await server.resume();
  const { data } = await whenEvent(hub, { types: 'delivery.completed', message: sent.id });
  assert.equal(data.attempt, 1);
  const { reply, turn } = (await hub.call('GET', `/v1/messages/${sent.id}`)).body;
  assert.equal(reply.payload.status, 'SUCCESS');
  const { text } = (await hub.call('GET', `/v1/turns/${turn.id}/output`)).body;
  assert.equal(text, reply.payload.response);
});
