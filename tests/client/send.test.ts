import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HubAddress } from '../../src/client/hub-connection.js';
import { HubProblem, HubUnreachable, NoReplyYet } from '../../src/client/hub-errors.js';
import { openCuttableLine } from '../support/cuttable-line.js';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { openClient } from '../support/test-client.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Producer', {});

let last = 0;
/** A client, and a worker that no other test knows. */
const scene = async (t: TestContext, address: Partial<HubAddress> = {}) => {
  const client = openClient(t, { url: hub.url, key: hub.key, ...address });
  const worker = `Worker${++last}`;
  await hub.call('PUT', `/v1/modules/${worker}`, {
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  });
  const message = { from: 'Producer', to: worker, type: 'task', payload: { n: 1 } };
  const stored = async () => (await hub.call('GET', `/v1/messages?to=${worker}`)).body.items;
  return { client, worker, message, stored };
};

test('a message is stored when send returns', async (t) => {
  const { client, message, stored } = await scene(t);
  const sent = await client.send(message);
  assert.deepEqual([sent.type, sent.payload, sent.deliveries[0]?.state], ['task', { n: 1 }, 'pending']);
  assert.deepEqual(
    (await stored()).map(({ id }: { id: string }) => id),
    [sent.id],
  );
});

test('a batch has an outcome for each, in the same order', async (t) => {
  const { client, message, stored } = await scene(t);
  const outcomes = await client.sendBatch([message, { ...message, payload: { n: 'one' } }, message]);
  assert.deepEqual(
    outcomes.map((outcome) => ('problem' in outcome ? outcome.problem.code : outcome.type)),
    ['task', 'payload_mismatch', 'task'],
  );
  assert.equal((await stored()).length, 2);
  assert.deepEqual(await client.sendBatch([]), []);
});

test('the same idempotency key sends once, and another message under it is refused', async (t) => {
  const { client, message, stored } = await scene(t);
  const options = { idempotencyKey: `once ${message.to}` };
  const [first, again] = [await client.send(message, options), await client.send(message, options)];
  assert.equal(again.id, first.id);
  assert.equal((await stored()).length, 1);
  await assert.rejects(client.send({ ...message, payload: { n: 2 } }, options), { code: 'idempotency_mismatch' });
});

test('a request gives the reply', async (t) => {
  const { client, worker, message } = await scene(t);
  const asking = client.request(message, { waitSeconds: 20 });
  const [claimed] = await client.claim(worker, { waitSeconds: 20 });
  const { delivery } = claimed!;
  await client.settle(delivery, { verb: 'complete', reply: { payload: { sum: 3 } } });
  const reply = await asking;
  assert.deepEqual([reply.type, reply.from, reply.payload], ['task.response', worker, { sum: 3 }]);
});

test('a request without a reply in time names the message, whose reply can be fetched later', async (t) => {
  const { client, message } = await scene(t);
  const error = await client.request(message, { waitSeconds: 0.1 }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof NoReplyYet);
  assert.equal(await client.awaitReply(error.messageId, { waitSeconds: 0 }), undefined);
  await client.replyTo(error.messageId, { from: message.to, payload: 'late' });
  assert.equal((await client.awaitReply(error.messageId))?.payload, 'late');
});

test('a refusal is a typed error with all that the problem says', async (t) => {
  const { client, message } = await scene(t);
  const unknown = await client.send({ ...message, to: 'Nobody' }).catch((error: unknown) => error);
  assert.ok(unknown instanceof HubProblem);
  assert.deepEqual([unknown.status, unknown.code], [404, 'module_not_found']);
  assert.match(unknown.message, /Nobody/);
  const wrong = await client.send({ ...message, priority: 11 }).catch((error: unknown) => error);
  assert.equal((wrong as HubProblem).problem.errors?.[0]?.pointer, '/priority');
  const keyless = openClient(t, { url: hub.url });
  await assert.rejects(keyless.stats(), { name: 'HubProblem', code: 'unauthenticated', status: 401 });
});

test('names with signs in them stay one part of the address', async (t) => {
  const { client } = await scene(t);
  await assert.rejects(client.getModule('../keys'), { code: 'module_not_found' });
});

test('a list goes on over its pages', async (t) => {
  const { client, message } = await scene(t);
  await client.sendBatch([message, message, message, message, message]);
  const ids = new Set<string>();
  for await (const { id } of client.list<{ id: string }>('/v1/messages', { to: message.to, limit: 2 })) ids.add(id);
  assert.equal(ids.size, 5);
});

test('where the answer is lost, a send with an idempotency key is sent again, and arrives once', async (t) => {
  const line = await openCuttableLine(t, hub.url);
  const { client, message, stored } = await scene(t, { url: line.url });
  const lost = line.loseNextAnswer();
  const sent = await client.send(message, { idempotencyKey: `lost ${message.to}` });
  await lost;
  assert.deepEqual(
    (await stored()).map(({ id }: { id: string }) => id),
    [sent.id],
  );
});

test('where the answer is lost, a send without one is not sent again: nobody knows whether it arrived', async (t) => {
  const line = await openCuttableLine(t, hub.url);
  const { client, message, stored } = await scene(t, { url: line.url });
  const lost = line.loseNextAnswer();
  await assert.rejects(client.send(message), HubUnreachable);
  await lost;
  assert.equal((await stored()).length, 1);
});

test('reading is tried again, as it changes nothing', async (t) => {
  const line = await openCuttableLine(t, hub.url);
  const { client, worker } = await scene(t, { url: line.url });
  const lost = line.loseNextAnswer();
  assert.equal((await client.getModule(worker)).name, worker);
  await lost;
});

test('too many messages: the client waits as long as Retry-After says, and the message arrives', async (t) => {
  const { client, message, stored } = await scene(t);
  await hub.call('PUT', '/v1/modules/Hasty', { limits: { messagesPerMinute: 60 } });
  const hasty = { ...message, from: 'Hasty' };
  await client.sendBatch(Array.from({ length: 60 }, () => hasty)).catch(() => undefined);
  const before = (await stored()).length;
  const impatient = openClient(t, { url: hub.url, key: hub.key, retrySeconds: 0 });
  const refused = await impatient.send(hasty).catch((error: unknown) => error);
  assert.equal((refused as HubProblem).code, 'rate_limited');
  assert.ok((refused as HubProblem).retryAfterSeconds! >= 1);
  await client.send(hasty);
  assert.equal((await stored()).length, before + 1);
});

test('nobody there is an error of its own, at once where no retries are wanted', async (t) => {
  const gone = openClient(t, { url: 'http://127.0.0.1:9', key: 'none', retrySeconds: 0 });
  await assert.rejects(gone.stats(), { name: 'HubUnreachable', url: 'http://127.0.0.1:9' });
});

test('an aborted wait ends with the reason of its signal', async (t) => {
  const { client, worker } = await scene(t);
  const reason = new Error('enough');
  const controller = new AbortController();
  const claiming = client.claim(worker, { waitSeconds: 60 }, controller.signal);
  controller.abort(reason);
  await assert.rejects(claiming, reason);
});

test('a key of a module sends as that module', async (t) => {
  const { message } = await scene(t);
  const { key } = await createKey(hub, { scope: 'module', module: 'Producer' });
  const { from: _, ...unsigned } = message;
  assert.equal((await openClient(t, { url: hub.url, key }).send(unsigned)).from, 'Producer');
});
