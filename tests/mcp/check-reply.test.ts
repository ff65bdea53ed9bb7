import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { KeyHolder } from '../support/hub-keys.js';
import { type AnyJson, connectMcp, type McpClient } from './mcp-client.js';
import { openScene } from './mcp-scene.js';

interface Asked {
  readonly ask: McpClient;
  readonly help: McpClient;
  readonly asker: KeyHolder;
  readonly messageId: string;
  /** The types of what Asker could claim now. */
  inbox(): Promise<string[]>;
  answer(): Promise<void>;
}

/** Asker has asked Helper and did not wait. */
const openAsked = async (t: TestContext, message: object = {}): Promise<Asked> => {
  const { hub, asker, helper } = await openScene(t);
  const ask = await connectMcp(t, { url: hub.url, key: asker.key });
  const help = await connectMcp(t, { url: hub.url, key: helper.key });
  const { messageId } = await ask.use('send_message', { to: 'Helper', type: 'question', payload: 1, ...message });
  const inbox = async () =>
    (await asker.call('GET', '/v1/modules/Asker/inbox')).body.items.map(({ message }: AnyJson) => message.type);
  const answer = async () => {
    const { deliveryId, lease } = await help.use('claim_message');
    await help.use('complete_message', { deliveryId, lease, payload: 42 });
  };
  return { ask, help, asker, messageId, inbox, answer };
};

const stateOf = async (asker: KeyHolder, messageId: string): Promise<string> =>
  (await asker.call('GET', `/v1/messages/${messageId}`)).body.deliveries[0].state;

test('a reply that waits in the inbox of who asked is taken out of it by check_reply', async (t) => {
  const { ask, asker, messageId, inbox, answer } = await openAsked(t);
  await answer();
  assert.deepEqual(await inbox(), ['question.response']);
  const { reply } = await ask.use('check_reply', { messageId });
  assert.equal(reply.payload, 42);
  assert.deepEqual([await inbox(), await stateOf(asker, reply.id)], [[], 'done']);
  assert.deepEqual(await ask.use('claim_message'), { message: null });
  assert.equal((await ask.use('check_reply', { messageId })).reply.payload, 42, 'it can be read again');
});

test('a reply for which check_reply waits comes to no inbox', async (t) => {
  const { ask, asker, messageId, inbox, answer } = await openAsked(t);
  const checking = ask.use('check_reply', { messageId, wait: 30 });
  await answer();
  const { reply } = await checking;
  assert.deepEqual([reply.payload, await inbox(), await stateOf(asker, reply.id)], [42, [], 'done']);
});

test('a reply that stands behind what its asker works on is taken all the same, and holds up nothing', async (t) => {
  const thread = { conversationId: 'talk' };
  const { ask, help, messageId, inbox, answer } = await openAsked(t, thread);
  const tell = (type: string) => help.use('send_message', { to: 'Asker', type, payload: 1, ...thread });
  await tell('first');
  const { deliveryId, lease } = await ask.use('claim_message');
  await answer();
  await tell('last');
  assert.equal((await ask.use('check_reply', { messageId })).reply.payload, 42);
  await ask.use('complete_message', { deliveryId, lease });
  assert.deepEqual(await inbox(), ['last']);
});

test('a module that did not ask only reads the reply', async (t) => {
  const { help, messageId, inbox, answer } = await openAsked(t);
  const checking = help.use('check_reply', { messageId, wait: 30 });
  await answer();
  assert.equal((await checking).reply.payload, 42);
  assert.equal((await help.use('check_reply', { messageId })).reply.payload, 42);
  assert.deepEqual(await inbox(), ['question.response']);
});

test('a reply that its asker works on already is only read by check_reply', async (t) => {
  const { ask, asker, messageId, answer } = await openAsked(t);
  await answer();
  const { deliveryId, lease, message } = await ask.use('claim_message');
  assert.equal((await ask.use('check_reply', { messageId })).reply.payload, 42);
  assert.equal(await stateOf(asker, message.id), 'leased');
  assert.equal((await ask.use('complete_message', { deliveryId, lease })).state, 'done');
});
