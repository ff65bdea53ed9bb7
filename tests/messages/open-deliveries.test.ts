import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { failure } from '../support/broker-client.js';

/** One delivery of Worker in each way of being open, and a dead one; with those that are not its own. */
const openOneOfEach = async (bench: BrokerBench): Promise<void> => {
  await bench.subscribe('work', 'Worker');
  await bench.send({ maxAttempts: 1 });
  await bench.settle('fail', await bench.claimOne(), { error: failure });
  await bench.send({ orderingKey: 'a' });
  await bench.claimOne();
  await bench.send({ orderingKey: 'a' });
  await bench.send({ channel: 'work' });
  await bench.claimOne();
  await bench.send({ channel: 'work' });
  await bench.send({ delaySeconds: 60 });
  await bench.send({ orderingKey: 'b' });
  await bench.send();
  await bench.send({ from: 'Worker', to: 'Producer' });
};

const states = async (bench: BrokerBench): Promise<string[]> =>
  (
    await bench.rows(
      'select queue, state, count(*) as count from deliveries group by queue, state order by queue, state',
    )
  ).map(({ queue, state, count }) => `${queue} ${state} ${count}`);

test('a module with open deliveries is removed by force only, and they become dead letters', async (t) => {
  const bench = await openBench(t);
  await openOneOfEach(bench);
  const before = ['#work leased 1', '#work pending 1', 'Producer pending 1', 'Worker dead 1'];
  assert.deepEqual(await states(bench), [...before, 'Worker leased 1', 'Worker pending 4']);
  const { code, detail } = await bench.expect(409, 'DELETE', '/v1/modules/Worker');
  assert.equal(code, 'module_has_open_deliveries');
  assert.match(detail, /Worker has 6 open deliveries/);
  await bench.expect(204, 'DELETE', '/v1/modules/Worker?force=true');
  assert.deepEqual(await states(bench), ['#work dead 1', '#work pending 1', 'Producer pending 1', 'Worker dead 6']);
  const [removed] = await bench.events('module.removed');
  assert.equal(removed.data.deadLetters, 6);
});

test('a hub that starts again knows how many are open and dead in each queue', async (t) => {
  const bench = await openBench(t);
  await openOneOfEach(bench);
  const health = async () => {
    const { pending, leased, dead } = await bench.expect(200, 'GET', '/v1/modules/Worker/health');
    const { items } = await bench.expect(200, 'GET', '/v1/channels');
    return [pending, leased, dead, items[0].depth, items[0].leased];
  };
  assert.deepEqual(await health(), [4, 1, 1, 1, 1]);
  await bench.restart();
  assert.deepEqual(await health(), [4, 1, 1, 1, 1]);
});
