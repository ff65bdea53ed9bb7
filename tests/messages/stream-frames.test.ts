import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStream, Refusal, register } from '../support/stream-client.js';
import { startTestHub } from '../support/test-hub.js';

const lease = { deliveryId: 'dlv_1', lease: 'x' };

/** Frames that are refused, with what the problem points at. */
const badFrames: Readonly<Record<string, readonly [op: string, fields: object, code: string, pointer?: string]>> = {
  'an operation that is not there': ['sing', {}, 'invalid_request'],
  'a send without a message': ['send', {}, 'invalid_request', '/message'],
  'a send with an unknown field': ['send', { message: {}, wait: 3 }, 'invalid_request', '/wait'],
  'a message with an unknown field': ['send', { message: { priorty: 1 } }, 'invalid_request', '/priorty'],
  'both a message and messages': ['send', { message: {}, messages: [] }, 'invalid_request', '/message'],
  'a send without an id': ['send', { message: {}, id: '' }, 'invalid_request', '/id'],
  'a consume without a module': ['consume', {}, 'invalid_request', '/module'],
  'a prefetch of nothing': ['consume', { module: 'Worker', prefetch: 0 }, 'invalid_request', '/prefetch'],
  'a prefetch above 500': ['consume', { module: 'Worker', prefetch: 501 }, 'invalid_request', '/prefetch'],
  'too short a lease': ['consume', { module: 'Worker', leaseSeconds: 1 }, 'invalid_request', '/leaseSeconds'],
  'a consume for a module that is not there': ['consume', { module: 'Nobody' }, 'module_not_found'],
  'a consume of a channel without a subscription': [
    'consume',
    { module: 'Worker', channels: ['news'] },
    'invalid_request',
    '/channels/0',
  ],
  'a complete without a lease': ['complete', { deliveryId: 'dlv_1' }, 'invalid_request', '/lease'],
  'a fail without an error': ['fail', lease, 'invalid_request', '/error'],
  'an extend without a time': ['extend', lease, 'invalid_request', '/leaseSeconds'],
  'a release with a reply': ['release', { ...lease, reply: {} }, 'invalid_request', '/reply'],
  'no items': ['complete', { items: [] }, 'invalid_request', '/items'],
  'an item that is not whole': ['complete', { items: [lease, {}] }, 'invalid_request', '/items/1/deliveryId'],
  'an unsubscribe of nothing': ['unsubscribe', {}, 'conflict'],
  'a ping with an unknown field': ['ping', { loud: true }, 'invalid_request', '/loud'],
};

test('each bad frame has its own clear problem, and the socket stays open', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Worker');
  const client = await openStream(t, hub);
  for (const [what, [op, fields, code, pointer]] of Object.entries(badFrames)) {
    await t.test(what, async () => {
      const refusal = await client.ask(op, { id: 'bad', ...fields }).catch((error: unknown) => error);
      assert.ok(refusal instanceof Refusal, `${what} was not refused`);
      assert.equal(refusal.code, code);
      if (pointer === undefined) return;
      const pointers = (refusal.problem.errors as { pointer: string }[]).map((error) => error.pointer);
      assert.ok(pointers.includes(pointer), `${pointers} does not hold ${pointer}`);
    });
  }
  assert.deepEqual(hub.errors, []);
});

test('what is no JSON object with an op is refused without an id', async (t) => {
  const hub = await startTestHub(t);
  const client = await openStream(t, hub);
  const codes: string[] = [];
  for (const text of ['{"op":', 'null', '[]', '{}', '{"op":5}', '{"op":"ping","id":5}']) {
    client.socket.send(text);
    const { id, problem } = await client.next(({ op }) => op === 'error');
    assert.equal(id, undefined);
    codes.push(problem.code);
  }
  assert.deepEqual(codes, ['invalid_json', ...Array(5).fill('invalid_request')]);
});

test('a binary frame closes the socket with 1008, one over 1 MiB with 1009, and neither is an error of the hub', async (t) => {
  const hub = await startTestHub(t);
  const binary = await openStream(t, hub);
  binary.socket.send(Buffer.from('{}'));
  assert.equal((await binary.closed).code, 1008);
  const big = await openStream(t, hub);
  big.send({ op: 'ping', id: 'x'.repeat(1024 * 1024) });
  assert.equal((await big.closed).code, 1009);
  assert.deepEqual(hub.errors, []);
});
