import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isSignedWith } from '../../src/lib/webhook-signature.js';
import { eventually } from '../support/eventually.js';
import { register } from '../support/stream-client.js';
import { request, startTestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import { eventsOf, logOf, namesOf, tell, whenPaused } from './event-scene.js';
import { answerWith, deadUrl, type Received, startReceiver } from './receiver.js';

const registered = { filter: { types: ['module.registered'] } };

test('events that fit are posted in their order, signed, from the one that made the webhook on', async (t) => {
  const receiver = await startReceiver(t, answerWith(204));
  const hub = await startTestHub(t);
  await register(hub, 'Before');
  const { id, secret } = await tell(hub, receiver.url, { filter: { types: 'webhook.*,module.*' } });
  await register(hub, 'A', 'B', 'C');
  await eventually(() => eventsOf(receiver.received).length === 4);
  const events = eventsOf(receiver.received);
  assert.deepEqual(
    events.map(({ type, subject }) => [type, subject.module]),
    [
      ['webhook.created', undefined],
      ['module.registered', 'A'],
      ['module.registered', 'B'],
      ['module.registered', 'C'],
    ],
  );
  const { items } = (await hub.call('GET', `/v1/events?after=${events[0]!.seq - 1}&types=webhook.*,module.*`)).body;
  assert.deepEqual(events, items);
  const { epoch } = (await hub.call('GET', '/v1/stats')).body;
  for (const { headers, text, body } of receiver.received) {
    const [wid, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    assert.equal(wid, `${id}_${body.events[0].seq}_${body.events.at(-1).seq}_${epoch}`);
    assert.ok(isSignedWith(secret, { id: wid, timestamp, body: text }, String(headers['webhook-signature'])));
    assert.deepEqual([body.webhook, body.epoch, body.reset], [id, epoch, undefined]);
  }
});

test('what fails is posted again with the same id, and nothing overtakes it', async (t) => {
  const answers = [500, 503];
  const receiver = await startReceiver(t, (received) => answerWith(answers.shift() ?? 200)(received));
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  await receiver.came(1);
  await register(hub, 'B');
  await eventually(() => namesOf(receiver.received).includes('B'));
  assert.deepEqual(namesOf(receiver.received), ['A', 'A', 'A', 'B']);
  assert.equal(new Set(receiver.received.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size, 1);
  const log = await logOf(hub, id, 4);
  assert.deepEqual(
    log.map(({ outcome, attempt, status, events }) => [outcome, attempt, status, events]),
    [
      ['failed', 1, 500, 1],
      ['failed', 2, 503, 1],
      ['delivered', 3, 200, 1],
      ['delivered', 1, 200, 1],
    ],
  );
  assert.equal(log[0].error.code, 'webhook_failed');
  assert.ok(log.every(({ tookMs }) => Number.isInteger(tookMs)));
});

test('events that come while a post is under way go with the next one, together', async (t) => {
  const open: Received[] = [];
  const receiver = await startReceiver(t, (received) => void open.push(received));
  const hub = await startTestHub(t);
  await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  await receiver.came(1);
  await register(hub, 'B', 'C', 'D');
  answerWith(200)(open.shift()!);
  await receiver.came(2);
  answerWith(200)(open.shift()!);
  assert.deepEqual(
    receiver.received.map((one) => namesOf([one])),
    [['A'], ['B', 'C', 'D']],
  );
});

test('a hub that starts again goes on where it was, with the batch that had failed as it was', async (t) => {
  let status = 500;
  const receiver = await startReceiver(t, (received) => answerWith(status)(received));
  const hub = await startTestHub(t);
  const { id, handledTo } = await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  await logOf(hub, id, 1);
  await register(hub, 'B');
  await hub.stop();
  const failed = receiver.received.length;
  status = 200;
  const again = await startTestHub(t, { folder: hub.folder });
  await register(again, 'C');
  await eventually(() => namesOf(receiver.received).includes('C'));
  const told = receiver.received.slice(failed);
  assert.deepEqual(namesOf(told), ['A', 'B', 'C']);
  assert.deepEqual(namesOf(told.slice(0, 1)), ['A']);
  assert.equal(told[0]?.headers['webhook-id'], receiver.received[0]?.headers['webhook-id']);
  const taken = eventsOf(told).at(-1)!.seq;
  await eventually(async () => (await again.call('GET', `/v1/webhooks/${id}`)).body.handledTo >= taken);
  assert.ok(taken > handledTo);
});

test('a webhook can begin with what was, and only where that is kept', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  await register(hub, 'A', 'B');
  await tell(hub, receiver.url, { ...registered, after: 0 });
  await eventually(() => eventsOf(receiver.received).length === 2);
  assert.deepEqual(namesOf(receiver.received), ['A', 'B']);
  const { status, body } = await hub.call('POST', '/v1/webhooks', { url: receiver.url, after: 9999 });
  assert.deepEqual([status, body.code], [410, 'cursor_expired']);
});

test('filters are those of the event streams', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker', 'Other');
  await tell(hub, receiver.url, { filter: { types: ['message.*', 'delivery.*'], module: 'Worker' } });
  const send = async (to: string) => (await hub.call('POST', '/v1/messages', { from: 'Producer', to })).body.id;
  const ids = [await send('Other'), await send('Worker')];
  await hub.call('POST', `/v1/messages/${ids[1]}/cancel`);
  await eventually(() => eventsOf(receiver.received).length === 2);
  assert.deepEqual(
    eventsOf(receiver.received).map(({ type }) => type),
    ['message.sent', 'delivery.cancelled'],
  );
});

test('what cannot be a webhook is refused, with the place of what is wrong', async (t) => {
  const hub = await startTestHub(t);
  const url = 'http://127.0.0.1:9/hook';
  for (const [body, pointer] of [
    [{ url: 'http://hooks.example/' }, '/url'],
    [{ url: 'ftp://localhost/' }, '/url'],
    [{}, '/url'],
    [{ url, filter: { types: ['no type'] } }, '/filter/types/0'],
    [{ url, filter: { message: 'dlv_1' } }, '/message'],
    [{ url, secret: 'short' }, '/secret'],
    [{ url, verb: 'PUT' }, '/verb'],
  ] as const) {
    const answer = await hub.call('POST', '/v1/webhooks', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer);
    assert.ok(
      pointers.some((each: string) => pointer.startsWith(each) || each.startsWith(pointer)),
      `${pointers}`,
    );
  }
  assert.deepEqual((await hub.call('GET', '/v1/webhooks')).body.items, []);
});

test('a webhook whose host is not allowed any more is paused, and told of everything when it is again', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url, registered);
  await hub.stop();
  const { folder } = hub;
  const strict = await startTestHub(t, { folder, settings: { GRANGER_WEBHOOK_HOSTS: 'hooks.example' } });
  await register(strict, 'A');
  assert.equal((await whenPaused(strict, id)).reason, 'not_allowed');
  await strict.stop();
  const again = await startTestHub(t, { folder });
  assert.equal((await again.call('POST', `/v1/webhooks/${id}/resume`)).body.state, 'active');
  await eventually(() => receiver.received.length === 1);
  assert.deepEqual(namesOf(receiver.received), ['A']);
});

test('an endpoint that answers 410 is posted to no more until it is resumed, and an event says so', async (t) => {
  const answers = [410];
  const receiver = await startReceiver(t, (received) => answerWith(answers.shift() ?? 200)(received));
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  assert.equal((await whenPaused(hub, id)).reason, 'gone');
  const { data, by } = await whenEvent(hub, { types: 'webhook.paused' });
  assert.deepEqual([data.webhook, data.reason, data.error.code, by], [id, 'gone', 'webhook_refused', undefined]);
  await register(hub, 'B');
  assert.equal(receiver.received.length, 1);
  await hub.call('POST', `/v1/webhooks/${id}/resume`);
  await eventually(() => eventsOf(receiver.received).length === 3);
  assert.deepEqual(namesOf(receiver.received), ['A', 'A', 'B']);
});

test('paused by a request it waits, and resumed it goes on at once', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url, registered);
  const paused = await hub.call('POST', `/v1/webhooks/${id}/pause`);
  assert.deepEqual([paused.body.state, paused.body.reason], ['paused', 'asked']);
  assert.equal((await hub.call('POST', `/v1/webhooks/${id}/pause`)).status, 200);
  await register(hub, 'A', 'B');
  const resumed = await hub.call('POST', `/v1/webhooks/${id}/resume`);
  assert.deepEqual([resumed.body.state, resumed.body.reason], ['active', undefined]);
  await eventually(() => eventsOf(receiver.received).length === 2);
  const types = (await hub.call('GET', '/v1/events?types=webhook.*')).body.items.map(
    (one: { type: string }) => one.type,
  );
  assert.deepEqual(types, ['webhook.created', 'webhook.paused', 'webhook.resumed']);
});

test('a webhook that is deleted ends its post, and gets no more', async (t) => {
  const receiver = await startReceiver(t, () => {});
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  await receiver.came(1);
  const closed = once(receiver.received[0]!.response, 'close');
  assert.equal((await hub.call('DELETE', `/v1/webhooks/${id}`)).status, 204);
  await closed;
  const other = await tell(hub, receiver.url, registered);
  await register(hub, 'B');
  await receiver.came(2);
  assert.deepEqual([receiver.received[1]?.body.webhook, namesOf(receiver.received.slice(1))], [other.id, ['B']]);
  for (const path of ['', '/deliveries'])
    assert.equal((await hub.call('GET', `/v1/webhooks/${id}${path}`)).body.code, 'webhook_not_found');
  assert.equal((await hub.call('DELETE', `/v1/webhooks/${id}`)).status, 404);
  assert.deepEqual(hub.errors, []);
});

test('a webhook that wants everything comes to rest: to be told makes no event', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  const { id } = await tell(hub, receiver.url);
  await register(hub, 'A');
  const { lastSeq } = (await hub.call('GET', '/v1/stats')).body.events;
  await eventually(async () => (await hub.call('GET', `/v1/webhooks/${id}`)).body.handledTo === lastSeq);
  await logOf(hub, id, 1);
  assert.equal((await hub.call('GET', '/v1/stats')).body.events.lastSeq, lastSeq);
});

test('an endpoint that is not there is tried again, and holds up nobody', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  const dead = await tell(hub, await deadUrl(), registered);
  await tell(hub, receiver.url, registered);
  await register(hub, 'A');
  await receiver.came(1);
  const [first, second] = await logOf(hub, dead.id, 2);
  assert.deepEqual([first.attempt, first.error.code, first.status], [1, 'webhook_unreachable', undefined]);
  assert.equal(second.attempt, 2);
});

test('the secret is shown once, to nobody else, and not in events; only admin keys make webhooks', async (t) => {
  const hub = await startTestHub(t);
  const url = await deadUrl();
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr';
  const made = await tell(hub, `${url}?token=private`, { secret, description: 'for the test' });
  assert.deepEqual([made.secret, made.createdBy, made.description], [secret, 'admin', 'for the test']);
  assert.match((await tell(hub, url)).secret, /^whsec_[A-Za-z0-9+/]{32}$/);
  for (const path of ['/v1/webhooks', `/v1/webhooks/${made.id}`, '/v1/events?after=0'])
    assert.doesNotMatch(JSON.stringify((await hub.call('GET', path)).body), /MfKQ9r8/);
  assert.doesNotMatch(JSON.stringify((await hub.call('GET', '/v1/events?after=0')).body), /private/);
  const { key } = (await hub.call('POST', '/v1/keys', { scope: 'observer' })).body;
  assert.equal((await request(`${hub.url}/v1/webhooks`, { method: 'GET', key })).status, 200);
  for (const [method, path] of [
    ['POST', ''],
    ['POST', `/${made.id}/pause`],
    ['POST', `/${made.id}/resume`],
    ['DELETE', `/${made.id}`],
  ] as const) {
    const body = path === '' ? { url } : undefined;
    const answer = await request(`${hub.url}/v1/webhooks${path}`, { method, key, body });
    assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], `${method} ${path}`);
  }
});

test('lists and logs are paged', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const hub = await startTestHub(t);
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await tell(hub, receiver.url, registered)).id);
  const first = (await hub.call('GET', '/v1/webhooks?limit=2')).body;
  const second = (await hub.call('GET', `/v1/webhooks?limit=2&cursor=${first.nextCursor}`)).body;
  assert.deepEqual(
    [...first.items, ...second.items].map(({ id }: { id: string }) => id),
    ids,
  );
  for (const name of ['A', 'B', 'C']) {
    const before = receiver.received.length;
    await register(hub, name);
    await receiver.came(before + 3);
  }
  const log = await logOf(hub, ids[0]!, 3);
  const path = `/v1/webhooks/${ids[0]}/deliveries?limit=2`;
  const newest = (await hub.call('GET', path)).body;
  const oldest = (await hub.call('GET', `${path}&cursor=${newest.nextCursor}`)).body;
  assert.deepEqual([...newest.items, ...oldest.items].reverse(), log);
  assert.equal(oldest.nextCursor, null);
});
