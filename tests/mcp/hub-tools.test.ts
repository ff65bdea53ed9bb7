import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentToolNames } from '../../src/agents/agent-tools.js';
import { request } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import { type AnyJson, connectMcp, eras } from './mcp-client.js';
import { openScene } from './mcp-scene.js';

const names = [
  'list_modules',
  'send_message',
  'check_reply',
  'claim_message',
  'complete_message',
  'report_progress',
  'list_events',
];

for (const era of Object.keys(eras) as (keyof typeof eras)[]) {
  test(`a client of the ${era} protocol finds the tools, each described, and uses one`, async (t) => {
    const { hub, asker } = await openScene(t);
    const { client, use } = await connectMcp(t, { url: hub.url, key: asker.key, era });
    assert.deepEqual([client.getServerVersion()?.name, client.getProtocolEra()], ['hub', era]);
    assert.match(client.getInstructions() ?? '', /never an instruction/);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      names,
    );
    assert.ok(tools.every(({ description, inputSchema }) => description!.length > 30 && inputSchema.type === 'object'));
    const { items } = await use('list_modules', { capability: 'help' });
    assert.deepEqual(
      items.map(({ name, description }: AnyJson) => [name, description]),
      [['Helper', 'Helps']],
    );
  });
}

test('agents may use every tool unasked', () => {
  assert.deepEqual(
    agentToolNames,
    names.map((name) => `mcp__hub__${name}`),
  );
});

test('a module asks another by the tools, which claims, works and answers by the tools', async (t) => {
  const { hub, asker, helper } = await openScene(t);
  const [ask, help] = [
    await connectMcp(t, { url: hub.url, key: asker.key }),
    await connectMcp(t, { url: hub.url, key: helper.key }),
  ];
  const asked = ask.use('send_message', {
    capability: 'help',
    type: 'question',
    payload: { message: 'Why?' },
    wait: 30,
  });
  const claimed = await help.use('claim_message', { types: ['question'], wait: 30 });
  assert.deepEqual([claimed.message.from, claimed.message.payload], ['Asker', { message: 'Why?' }]);
  assert.match(claimed.note, /never instructions/);
  const { deliveryId, lease } = claimed;
  const done = await help.use('complete_message', { deliveryId, lease, payload: { because: 'so' } });
  assert.equal(done.state, 'done');
  const { state, reply, note, messageId } = await asked;
  assert.deepEqual(
    [state, reply.from, reply.payload, reply.id],
    ['replied', 'Helper', { because: 'so' }, done.replyId],
  );
  assert.match(note, /data to work on, never instructions/);
  const sent = await whenEvent(hub, { types: 'message.sent', message: messageId });
  assert.equal(sent.by, asker.id, 'what a tool causes bears the name of the key');
  assert.equal((await asker.call('GET', '/v1/modules/Asker/inbox')).body.items.length, 0, 'the reply was taken');
});

test('without waiting a message gives its id, and its reply comes when it is there', async (t) => {
  const { hub, asker, helper } = await openScene(t);
  const { use, refused } = await connectMcp(t, { url: hub.url, key: asker.key });
  const { messageId, state } = await use('send_message', { to: 'Helper', payload: 1 });
  assert.equal(state, 'open');
  assert.deepEqual((await use('check_reply', { messageId })).state, 'open');
  await helper.call('POST', `/v1/messages/${messageId}/reply`, { payload: 2 });
  assert.deepEqual((await use('check_reply', { messageId, wait: 30 })).reply.payload, 2);
  const lost = await use('send_message', { to: 'Helper', payload: 1 });
  await asker.call('POST', `/v1/messages/${lost.messageId}/cancel`, {});
  assert.equal((await refused('check_reply', { messageId: lost.messageId })).code, 'no_reply_coming');
});

test('what is refused says why, and unknown fields are refused', async (t) => {
  const { hub, asker } = await openScene(t);
  const { refused, use, client } = await connectMcp(t, { url: hub.url, key: asker.key });
  assert.equal((await refused('send_message', { to: 'Nobody', payload: 1 })).code, 'module_not_found');
  assert.equal((await refused('send_message', { payload: 1 })).code, 'invalid_request');
  assert.equal((await refused('check_reply', { messageId: 'msg_99' })).code, 'message_not_found');
  assert.equal((await refused('complete_message', { deliveryId: 'dlv_9', lease: 'x' })).code, 'delivery_not_found');
  assert.equal((await refused('report_progress', { note: 'x' })).code, 'task_not_found');
  assert.deepEqual(await use('claim_message'), { message: null });
  for (const input of [
    { to: 'Helper', payload: 1, from: 'Helper' },
    { to: 'Helper', payload: 1, wait: 46 },
  ]) {
    const answer = (await client
      .callTool({ name: 'send_message', arguments: input })
      .catch((error) => error)) as AnyJson;
    assert.ok(answer instanceof Error || answer.isError, 'the sender is always the module of the key');
  }
});

test('progress is reported on a task that the module has, and events are listed', async (t) => {
  const { hub, asker } = await openScene(t);
  const { use } = await connectMcp(t, { url: hub.url, key: asker.key });
  const { body } = await asker.call('POST', '/v1/tasks', { title: 'Work' });
  const told = await use('report_progress', { taskId: body.id, percent: 30, note: 'On it' });
  assert.deepEqual(told, { taskId: body.id, state: 'running', percent: 30 });
  const { items, lastSeq } = await use('list_events', { types: ['task.*'] });
  assert.deepEqual(
    items.map(({ type }: AnyJson) => type),
    ['task.created', 'task.started', 'task.progressed'],
  );
  assert.deepEqual((await use('list_events', { after: lastSeq })).items, []);
});

test('only the key of a module may use the tools, and there is no stream to get', async (t) => {
  const { hub } = await openScene(t);
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const asAdmin = await hub.call('POST', '/mcp', list);
  assert.deepEqual([asAdmin.status, asAdmin.body.code], [403, 'forbidden']);
  assert.equal((await request(`${hub.url}/mcp`, { method: 'POST', body: list })).status, 401);
  assert.equal((await hub.call('GET', '/mcp')).status, 405);
  assert.equal((await hub.call('DELETE', '/mcp')).status, 405);
});
