import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHubThatKeepsFrom4 } from '../support/pruned-events.js';
import { shareHub } from '../support/shared-hub.js';
import { register } from '../support/stream-client.js';
import { numbers } from '../support/test-events.js';
import type { Answer } from '../support/test-hub.js';

type Page = Answer['body'];

const hub = await shareHub();
await register(hub, 'Producer', 'Worker');
const sendingSince = Date.now();
const { body: sent } = await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', type: 'task' });
const sentBefore = Date.now();
await hub.call('POST', '/v1/modules/Worker/claim', { leaseSeconds: 3600 });
for (let count = 0; count < 8; count++) await hub.call('PATCH', '/v1/modules/Worker', { version: `${count}` });

const page = async (query: string): Promise<Page> => {
  const { status, body } = await hub.call('GET', `/v1/events${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const seqs = ({ items }: Page): number[] => items.map(({ seq }: { seq: number }) => seq);
const types = ({ items }: Page): string[] => items.map(({ type }: { type: string }) => type);
const { lastSeq } = await page('');

test('without a number the page starts with the oldest event, and each says what happened to whom, and when', async () => {
  const body = await page('');
  assert.deepEqual(seqs(body), numbers(1, lastSeq));
  assert.equal(body.nextCursor, null);
  assert.deepEqual(types(body).slice(0, 5), [
    'hub.started',
    'module.registered',
    'module.registered',
    'message.sent',
    'delivery.claimed',
  ]);
  const event = body.items[3];
  assert.deepEqual([event.subject.messageId, event.subject.module], [sent.id, 'Worker']);
  const at = Date.parse(event.at);
  assert.ok(at >= sendingSince && at <= sentBefore, event.at);
});

for (const limit of [1, 3, 1000]) {
  test(`pages of ${limit} one after the other are everything, each event once`, async () => {
    const seen: number[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const body: Page = await page(`?limit=${limit}&cursor=${cursor}`);
      assert.ok(body.items.length <= limit);
      seen.push(...seqs(body));
      cursor = body.nextCursor;
    }
    assert.deepEqual(seen, numbers(1, lastSeq));
  });
}

test('a reader goes on where it was by the last number it looked at', async () => {
  const first = await page('?limit=4');
  assert.equal(first.lastSeq, 4);
  assert.deepEqual(seqs(await page(`?after=${first.lastSeq}`)), numbers(5, lastSeq));
  assert.deepEqual(await page(`?after=${lastSeq}`), { items: [], nextCursor: null, lastSeq });
});

const filtered: readonly [query: string, types: readonly string[]][] = [
  ['types=message.*', ['message.sent']],
  ['types=message.sent,delivery.claimed', ['message.sent', 'delivery.claimed']],
  ['types=*&limit=2', ['hub.started', 'module.registered']],
  [`message=${sent.id}`, ['message.sent', 'delivery.claimed']],
  [`message=${sent.id}&types=delivery.*`, ['delivery.claimed']],
  ['module=Producer', ['module.registered', 'message.sent']],
  ['task=task_1', []],
  ['module=Worker&types=message.*,delivery.*', ['message.sent', 'delivery.claimed']],
  ['module=Nobody', []],
  ['turn=turn_1', []],
  ['conversation=order-42', []],
];

for (const [query, expected] of filtered) {
  test(`?${query} leaves ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, async () => {
    assert.deepEqual(types(await page(`?${query}`)), expected);
  });
}

test('a number that is not kept any more is answered with 410 and what is the oldest', async (t) => {
  const again = await startHubThatKeepsFrom4(t);
  const gone = await again.call('GET', '/v1/events?after=1');
  assert.deepEqual([gone.status, gone.body.code], [410, 'cursor_expired']);
  assert.match(gone.body.detail, /the oldest is 4/);
  assert.equal(gone.body.oldestSeq, 4);
  const kept = await again.call('GET', '/v1/events?after=3');
  assert.deepEqual([kept.status, kept.body.items[0].seq], [200, 4]);
  assert.equal((await again.call('GET', '/v1/events')).body.items[0].seq, 4, 'without a number: all that is kept');
  assert.equal((await again.call('GET', '/v1/stats')).body.events.oldestSeq, 4);
});

test('a number that the log has not reached, as after a restored backup, is answered with 410 too', async () => {
  const { status, body } = await hub.call('GET', `/v1/events?after=${lastSeq + 1000}`);
  assert.deepEqual([status, body.code, body.oldestSeq], [410, 'cursor_expired', 1]);
  assert.match(body.detail, /another log/);
});
