import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { cableTo } from '../support/cable.js';
import { clusterDatabase, joinCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';

const MOST_WAIT_MS = 2000;

const sentIn = async (url: string): Promise<number[]> => {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(`select payload from messages order by id`);
  await client.end();
  return rows.map(({ payload }) => JSON.parse(payload).n);
};

test('where PostgreSQL says nothing, the first write and all behind it are refused in time, and when it speaks again writes go on', async (t) => {
  const url = await clusterDatabase(t);
  const cable = await cableTo(t, url);
  const { broker, call } = await joinCluster(t, cable.url);
  await broker.register('Producer', 'Worker');
  const send = async (n: number) => {
    const start = performance.now();
    const { status, headers, body } = await call('POST', '/v1/messages', {
      from: 'Producer',
      to: 'Worker',
      payload: { n },
    });
    const isInTime = performance.now() - start < MOST_WAIT_MS;
    return [status, body.code, headers.get('retry-after'), isInTime];
  };
  assert.equal((await send(0))[0], 201);

  cable.cut();
  for (const round of [1, 2]) {
    const first = send(round);
    const others = Array.from({ length: 10 }, (_, n) => send(round * 100 + n));
    for (const answer of await Promise.all([first, ...others]))
      assert.deepEqual(answer, [503, 'database_busy', '1', true]);
  }

  cable.mend();
  await eventually(async () => (await send(7))[0] === 201);
  assert.deepEqual(await sentIn(url), [0, 7]);
});
