import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEventStream } from '../support/event-stream.js';
import { type RunningHub, startHubProcess } from '../support/hub-process.js';
import { StreamClient } from '../support/stream-client.js';

/** The number of the last event: what waits afterwards has been seen to wait. */
const eventsSoFar = async (hub: RunningHub): Promise<number> =>
  (await hub.call('GET', '/v1/stats')).body.events.lastSeq;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends the hub with 0, and with it all that is open`, async (t) => {
    const hub = await startHubProcess(t);
    await hub.call('PUT', '/v1/modules/Worker', {});
    const stream = await openEventStream(t, `${hub.url}/v1/events?after=0`, { key: hub.key });
    await stream.take(await eventsSoFar(hub));
    const socket = new StreamClient(hub.url, hub.key);
    await socket.next(({ op }) => op === 'welcome');
    const claim = hub.call('POST', '/v1/modules/Worker/claim', { waitSeconds: 60 });
    await hub.call('GET', '/livez');
    hub.child.kill(signal);
    const { status, body } = await claim;
    assert.deepEqual([status, body], [200, { items: [] }]);
    await stream.rest();
    assert.equal((await socket.closed).code, 1001);
    const { code, signal: endedBy } = await hub.ended;
    assert.deepEqual([code, endedBy], [0, null]);
    assert.equal(existsSync(join(hub.folder, 'hub.json')), false);
  });
}
