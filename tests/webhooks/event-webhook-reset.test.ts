import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { register } from '../support/stream-client.js';
import { connectBeside } from '../support/test-database.js';
import { startTestHub } from '../support/test-hub.js';
import { eventsOf, logOf, namesOf, tell } from './event-scene.js';
import { answerWith, startReceiver } from './receiver.js';

test('a webhook whose next events are not kept any more goes on with the oldest; its log and its next post say so', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const first = await startTestHub(t);
  const { id, handledTo } = await tell(first, receiver.url, { filter: { types: ['module.registered'] } });
  await first.call('POST', `/v1/webhooks/${id}/pause`);
  await register(first, 'A', 'B', 'C');
  await first.stop();
  const beside = connectBeside(t, first.folder);
  beside.exec(`delete from events where seq <= (select seq from events where module = 'B')`);
  const { oldest } = beside.prepare('select min(seq) as oldest from events').get() as { oldest: number };
  beside.close();
  const hub = await startTestHub(t, { folder: first.folder });
  await hub.call('POST', `/v1/webhooks/${id}/resume`);
  await register(hub, 'D');
  await eventually(() => eventsOf(receiver.received).length === 2);
  assert.deepEqual(namesOf(receiver.received), ['C', 'D']);
  assert.deepEqual(receiver.received[0]?.body.reset, { oldestSeq: oldest });
  const [missed] = await logOf(hub, id, 2);
  assert.deepEqual(
    [missed.outcome, missed.firstSeq, missed.lastSeq, missed.error.code],
    ['missed', handledTo + 1, oldest, 'cursor_expired'],
  );
  await register(hub, 'E');
  await eventually(() => namesOf(receiver.received).includes('E'));
  assert.equal(receiver.received.at(-1)?.body.reset, undefined);
});
