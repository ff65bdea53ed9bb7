import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
for (const name of ['Asker', 'Plain']) await hub.call('PUT', `/v1/modules/${name}`, {});

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any;

const say = async (conversationId: string, payload: unknown): Promise<Json> =>
  (await hub.call('POST', '/v1/messages', { from: 'Asker', to: 'Plain', conversationId, payload })).body;
const search = async (q: string): Promise<Json[]> =>
  (await hub.call('GET', `/v1/conversations?q=${encodeURIComponent(q)}`)).body.items;
const find = async (q: string): Promise<string[]> => (await search(q)).map(({ id }) => id);

await say('zoo', { message: 'The Giraffe has a long neck', weights: [812, { unit: 'Kilogramm' }] });
await say('zoo', 'An elephant never forgets');
await say('menu', { text: 'Crème brûlée für 7 Euro, "extra" AND NOT (sugar*)' });
await say('asia', '我喜欢长颈鹿');

const questions: readonly [query: string, found: string[]][] = [
  ['giraffe', ['zoo']],
  ['GIRAFFE neck', ['zoo']],
  ['gir', ['zoo']],
  ['raffe', []],
  ['giraffe elephant', []],
  ['812', ['zoo']],
  ['kilogramm', ['zoo']],
  ['weights', []],
  ['creme brulee', ['menu']],
  ['für', ['menu']],
  ['"extra" AND (sugar*', ['menu']],
  ['brûlée -giraffe', []],
  ['长颈鹿', ['asia']],
  ['OR', []],
  ['***', []],
  ["'; drop table messages; --", []],
];

for (const [query, found] of questions) {
  test(`${JSON.stringify(query)} finds ${found.join(' and ') || 'nothing'}`, async () => {
    assert.deepEqual(await find(query), found);
  });
}

test('a search shows the newest message that has the words, and where', async () => {
  await say('zoo', `${'grass '.repeat(50)}and then a giraffe again ${'leaves '.repeat(50)}`);
  const [{ match }] = await search('giraffe');
  const { items } = (await hub.call('GET', '/v1/conversations/zoo/messages')).body;
  assert.equal(match.messageId, items.at(-1).id);
  assert.match(match.text, /^….*and then a giraffe again.*…$/);
  assert.ok(match.text.length < 200);
});

test('a search looks at titles too', async () => {
  await hub.call('POST', '/v1/conversations', { id: 'titled', title: 'Quarterly planning' });
  const [found] = await search('quarter');
  assert.deepEqual([found.id, found.match], ['titled', undefined]);
});

test('a text of very many words is found by its first ones', async () => {
  const words = Array.from({ length: 60_000 }, (_, n) => `w${n.toString(36)}`).join(' ');
  const { id } = await say('huge', { text: `beginning ${words}` });
  assert.match(id, /^msg_/);
  assert.deepEqual(await find('beginning'), ['huge']);
});

test('a message without a conversation is in no search', async () => {
  await hub.call('POST', '/v1/messages', { from: 'Asker', to: 'Plain', payload: 'solitary' });
  assert.deepEqual(await find('solitary'), []);
});
