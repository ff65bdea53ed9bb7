import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { request } from '../support/test-hub.js';

const hub = await shareHub();

const cookieFor = async (key: string): Promise<string> => {
  const { headers } = await request(`${hub.url}/v1/session`, { method: 'POST', body: { key } });
  return headers.get('set-cookie')?.split(';')[0] ?? '';
};

const open = (t: TestContext, headers: Readonly<Record<string, string>>): WebSocket => {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/stream`, 'granger.v1', { headers });
  t.after(() => socket.terminate());
  return socket;
};

const closeCodeOf = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0];

test('a page of the hub opens the stream with its cookie', async (t) => {
  const socket = open(t, { cookie: await cookieFor(hub.key), origin: hub.url });
  const [frame] = await once(socket, 'message');
  assert.equal(JSON.parse(String(frame)).op, 'welcome');
});

test('a page of another port does not', async (t) => {
  const socket = open(t, { cookie: await cookieFor(hub.key), origin: 'http://localhost:1' });
  const [error] = await once(socket, 'error');
  assert.match(error.message, /403/);
});

test('without a session, or with one that is over, it is closed with 4401', async (t) => {
  const cookie = await cookieFor(hub.key);
  await request(`${hub.url}/v1/session`, { method: 'DELETE', headers: { cookie } });
  assert.equal(await closeCodeOf(open(t, { origin: hub.url })), 4401);
  assert.equal(await closeCodeOf(open(t, { cookie, origin: hub.url })), 4401);
});

test('a logout closes the streams of the session, and those of no other', async (t) => {
  const [mine, other] = [await cookieFor(hub.key), await cookieFor(hub.key)];
  const sockets = [open(t, { cookie: mine }), open(t, { cookie: other })];
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  const closed = closeCodeOf(sockets[0]!);
  await request(`${hub.url}/v1/session`, { method: 'DELETE', headers: { cookie: mine } });
  assert.equal(await closed, 4401);
  sockets[1]!.send('{"op":"ping"}');
  assert.match(String((await once(sockets[1]!, 'message'))[0]), /pong/);
});

test('so does the end of its key', async (t) => {
  const key = await createKey(hub, { scope: 'observer' });
  const socket = open(t, { cookie: await cookieFor(key.key) });
  await once(socket, 'message');
  const closed = closeCodeOf(socket);
  await hub.call('DELETE', `/v1/keys/${key.id}`);
  assert.equal(await closed, 4401);
});
