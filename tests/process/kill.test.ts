import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHubProcess } from '../support/hub-process.js';
import type { Answer } from '../support/test-hub.js';

const SENDERS = 8;
const KILL_AFTER = 150;

test('what was acknowledged before a SIGKILL is there when the hub starts again', async (t) => {
  const hub = await startHubProcess(t);
  await hub.call('PUT', '/v1/modules/Sender', {});
  await hub.call('PUT', '/v1/modules/Worker', { description: 'claims nothing' });
  const acknowledged: string[] = [];
  const sendUntilKilled = async (): Promise<void> => {
    for (;;) {
      const sent = await hub.call('POST', '/v1/messages', { from: 'Sender', to: 'Worker' }).catch(() => undefined);
      if (sent === undefined) return;
      assert.equal(sent.status, 201);
      acknowledged.push(sent.body.id);
      if (acknowledged.length === KILL_AFTER) hub.child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sendUntilKilled));
  assert.equal((await hub.ended).signal, 'SIGKILL');

  const again = await startHubProcess(t, { folder: hub.folder });
  const claimed: Answer = await again.call('POST', '/v1/modules/Worker/claim', { max: 500 });
  const kept = new Set(claimed.body.items.map(({ message }: { message: { id: string } }) => message.id));
  assert.deepEqual(
    acknowledged.filter((id) => !kept.has(id)),
    [],
  );
  assert.ok(acknowledged.length >= KILL_AFTER && kept.size <= acknowledged.length + SENDERS);
  const { body } = await again.call('GET', `/v1/messages/${acknowledged.at(-1)}`);
  assert.equal(body.deliveries[0].state, 'leased');
  assert.equal((await again.call('GET', '/v1/modules/Worker')).body.description, 'claims nothing');
});
