import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';
import { FakeClock, startTestHub, type TestHub } from '../support/test-hub.js';

const hub = await shareHub();
for (const name of ['A', 'B', 'C']) await hub.call('PUT', `/v1/modules/${name}`, {});

const channelOf = async (name: string, on: TestHub = hub) => {
  const { body } = await on.call('GET', '/v1/channels?limit=1000');
  return body.items.find((channel: { name: string }) => channel.name === name);
};

test('a channel is made by its first subscription', async () => {
  assert.equal(await channelOf('news'), undefined);
  const { status, body } = await hub.call('PUT', '/v1/channels/news/subscriptions/A');
  assert.deepEqual([status, body], [201, { channel: 'news', module: 'A', delivered: 0 }]);
  const channel = await channelOf('news');
  assert.deepEqual([channel.subscribers, channel.depth, channel.leased, channel.oldestAgeSeconds], [['A'], 0, 0, null]);
});

test('a channel is made by its first message, and keeps it for who subscribes', async () => {
  await hub.call('POST', '/v1/messages', { from: 'A', channel: 'early', type: 'first' });
  assert.deepEqual([(await channelOf('early')).subscribers, (await channelOf('early')).depth], [[], 1]);
  await hub.call('PUT', '/v1/channels/early/subscriptions/B');
  const { items } = (await hub.call('POST', '/v1/modules/B/claim', {})).body;
  assert.equal(items[0].message.type, 'first');
  assert.deepEqual([(await channelOf('early')).depth, (await channelOf('early')).leased], [0, 1]);
});

test('to subscribe again changes nothing', async () => {
  await hub.call('PUT', '/v1/channels/twice/subscriptions/A');
  const { status } = await hub.call('PUT', '/v1/channels/twice/subscriptions/A', {});
  assert.equal(status, 200);
  assert.deepEqual((await channelOf('twice')).subscribers, ['A']);
  const { items } = (await hub.call('GET', '/v1/events?types=channel.subscribed&module=A&limit=1000')).body;
  assert.equal(items.filter(({ data }: { data: { channel: string } }) => data.channel === 'twice').length, 1);
});

test('who ends its subscription is given nothing more of the channel; to end it again changes nothing', async () => {
  for (const module of ['A', 'B']) await hub.call('PUT', `/v1/channels/left/subscriptions/${module}`);
  for (let count = 0; count < 2; count++)
    assert.equal((await hub.call('DELETE', '/v1/channels/left/subscriptions/A')).status, 204);
  assert.deepEqual((await channelOf('left')).subscribers, ['B']);
  await hub.call('POST', '/v1/messages', { from: 'C', channel: 'left' });
  assert.deepEqual((await hub.call('POST', '/v1/modules/A/claim', { max: 10 })).body.items, []);
});

test('a module that is not there cannot subscribe, and makes no channel', async () => {
  const { status, body } = await hub.call('PUT', '/v1/channels/ghost/subscriptions/Nobody');
  assert.deepEqual([status, body.code], [404, 'module_not_found']);
  assert.equal(await channelOf('ghost'), undefined);
});

test('channels are listed in the order of their names, page by page', async (t) => {
  const own = await startTestHub(t);
  await own.call('PUT', '/v1/modules/A', {});
  const names = ['b', 'a.c', 'Z', 'a'];
  for (const name of names) await own.call('PUT', `/v1/channels/${name}/subscriptions/A`);
  const { body } = await own.call('GET', '/v1/channels?limit=3');
  assert.deepEqual(
    body.items.map(({ name }: { name: string }) => name),
    ['Z', 'a', 'a.c'],
  );
  const rest = await own.call('GET', `/v1/channels?limit=3&cursor=${body.nextCursor}`);
  assert.deepEqual([rest.body.items.map(({ name }: { name: string }) => name), rest.body.nextCursor], [['b'], null]);
});

test('how long the oldest has waited is told, and all is as before after a restart', async (t) => {
  const clock = new FakeClock();
  const first = await startTestHub(t, { clock });
  for (const name of ['A', 'B']) await first.call('PUT', `/v1/modules/${name}`, {});
  await first.call('PUT', '/v1/channels/slow/subscriptions/A');
  await first.call('POST', '/v1/messages', { from: 'B', channel: 'slow' });
  clock.advance(5000);
  await first.call('POST', '/v1/messages', { from: 'B', channel: 'slow' });
  const before = await channelOf('slow', first);
  assert.deepEqual([before.depth, before.oldestAgeSeconds], [2, 5]);
  await first.stop();
  const again = await startTestHub(t, { clock, folder: first.folder });
  assert.deepEqual(await channelOf('slow', again), before);
});
