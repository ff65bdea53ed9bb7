import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

// What a module demands of the payloads that are sent to it.

const hub = await shareHub();
const inputSchema = {
  type: 'object',
  required: ['batch'],
  properties: { batch: { type: 'array', items: { type: 'integer' } }, code: { pattern: '^[A-Z]{3}$' } },
};
await hub.call('PUT', '/v1/modules/Sender', {});
await hub.call('PUT', '/v1/modules/Strict', { inputSchema });

const send = (to: string, payload: unknown) => hub.call('POST', '/v1/messages', { from: 'Sender', to, payload });

test('a payload that fits is sent', async () => {
  assert.equal((await send('Strict', { batch: [1, 2, 3], code: 'ABC' })).status, 201);
});

const misfits: readonly [payload: unknown, pointer: string][] = [
  [undefined, '/payload'],
  [null, '/payload'],
  [{}, '/payload'],
  [{ batch: 'all' }, '/payload/batch'],
  [{ batch: [1, 'two'] }, '/payload/batch/1'],
  [{ batch: [], code: 'abc' }, '/payload/code'],
];

for (const [payload, pointer] of misfits) {
  test(`a payload ${JSON.stringify(payload)} is refused at ${pointer}, and nothing is stored`, async () => {
    const before = (await hub.call('GET', '/v1/stats')).body.events.lastSeq;
    const { status, body } = await send('Strict', payload);
    assert.deepEqual([status, body.code, body.errors[0].pointer], [422, 'payload_mismatch', pointer]);
    assert.equal((await hub.call('GET', '/v1/stats')).body.events.lastSeq, before);
  });
}

test('a heartbeat leaves what a module demands as it was', async () => {
  await hub.call('POST', '/v1/modules/Strict/heartbeat', { currentTask: 'waiting' });
  assert.equal((await send('Strict', { batch: ['one'] })).status, 422);
});

test('false takes nothing, true everything', async () => {
  await hub.call('PUT', '/v1/modules/Closed', { inputSchema: false });
  await hub.call('PUT', '/v1/modules/Open', { inputSchema: true });
  assert.deepEqual([(await send('Closed', {})).status, (await send('Open', [null])).status], [422, 201]);
});

test('a schema that cannot be used is refused with the descriptor', async () => {
  for (const field of ['inputSchema', 'outputSchema']) {
    for (const schema of [{ type: 'strin' }, { $ref: 'https://example.com/x' }, { $async: true }, { pattern: '(' }]) {
      const { status, body } = await hub.call('PUT', '/v1/modules/Bad', { [field]: schema });
      assert.deepEqual([status, body.code, body.errors[0].pointer], [400, 'invalid_request', `/${field}`]);
    }
  }
  assert.equal((await hub.call('GET', '/v1/modules/Bad')).status, 404);
});

test('nothing of this is logged as an error', () => assert.deepEqual(hub.errors, []));
