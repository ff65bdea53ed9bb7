import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { createKey } from '../support/hub-keys.js';
import { register } from '../support/stream-client.js';
import { connectBeside } from '../support/test-database.js';
import { FakeClock, request, startTestHub, type TestHub } from '../support/test-hub.js';

const open = async (t: TestContext, hub: TestHub, ticket: string): Promise<number | string> => {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/stream?ticket=${ticket}`, 'granger.v1');
  t.after(() => socket.terminate());
  const answer = once(socket, 'message').then(([data]) => JSON.parse(String(data)).op as string);
  return await Promise.race([answer, once(socket, 'close').then(([code]) => code as number)]);
};

const issue = async ({ call }: Pick<TestHub, 'call'>): Promise<string> => {
  const { status, body } = await call('POST', '/v1/stream-tickets');
  assert.equal(status, 201);
  return body.ticket;
};

test('a ticket opens one socket, without a header, and no second', async (t) => {
  const hub = await startTestHub(t);
  const ticket = await issue(hub);
  assert.equal(await open(t, hub, ticket), 'welcome');
  assert.equal(await open(t, hub, ticket), 4401);
});

test('of many that come with one ticket at once, one is let in', async (t) => {
  const hub = await startTestHub(t);
  const ticket = await issue(hub);
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => open(t, hub, ticket)));
  assert.deepEqual(outcomes.toSorted(), [...Array(7).fill(4401), 'welcome']);
});

test('a ticket is over after 30 seconds, with its key, and was never one when it is made up', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  const late = await issue(hub);
  clock.advance(29_999);
  assert.equal(await open(t, hub, late), 'welcome');
  const tooLate = await issue(hub);
  clock.advance(30_000);
  assert.equal(await open(t, hub, tooLate), 4401);
  const observer = await createKey(hub, { scope: 'observer' });
  const ofRevoked = await issue(observer);
  await hub.call('DELETE', `/v1/keys/${observer.id}`);
  assert.equal(await open(t, hub, ofRevoked), 4401);
  assert.equal(await open(t, hub, 'grt_made-up'), 4401);
});

test('frames that come before the ticket is looked at are heard, and who comes acts for the key', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const producer = await createKey(hub, { scope: 'module', module: 'Producer' });
  const socket = new WebSocket(
    `${hub.url.replace('http', 'ws')}/v1/stream?ticket=${await issue(producer)}`,
    'granger.v1',
  );
  t.after(() => socket.terminate());
  socket.once('open', () => {
    for (const from of ['Producer', 'Worker'])
      socket.send(JSON.stringify({ op: 'send', id: from, message: { from, to: 'Worker' } }));
  });
  const answers: string[] = [];
  // Several may come in one piece.
  for await (const [data] of on(socket, 'message')) {
    const { op, id = '' } = JSON.parse(String(data));
    if (answers.push(`${op} ${id}`.trim()) === 3) break;
  }
  assert.deepEqual(answers.toSorted(), ['error Worker', 'ok Producer', 'welcome']);
});

test('a ticket opens one stream of events, and no other address', async (t) => {
  const hub = await startTestHub(t);
  const ask = (path: string, ticket: string) =>
    fetch(`${hub.url}${path}?ticket=${ticket}`, { headers: { accept: 'text/event-stream' } });
  const ticket = await issue(hub);
  const stream = await ask('/v1/events', ticket);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  await stream.body?.cancel();
  assert.equal((await ask('/v1/events', ticket)).status, 401);
  const other = await issue(hub);
  assert.equal((await ask('/v1/stats', other)).status, 401);
  assert.equal((await ask('/v1/turns/turn_9/output', other)).status, 404);
  const { status } = await request(`${hub.url}/v1/stream-tickets`, { method: 'POST' });
  assert.equal(status, 401);
});

test('the database holds no ticket that could be used, and none that is over for long', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  const ticket = await issue(hub);
  clock.advance(30_000);
  await issue(hub);
  const rows = connectBeside(t, hub.folder).prepare('select * from stream_tickets').all();
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(ticket.slice(4)));
});
