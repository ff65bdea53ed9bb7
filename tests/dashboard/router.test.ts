import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, addressOfId, parseRoute } from '../../src/dashboard/router.js';

test('an empty address is the first screen', () => {
  for (const hash of ['', '#', '#/'])
    assert.deepEqual(parseRoute(hash), { page: 'overview', id: undefined, query: {} });
});

const routes: readonly [string, string | undefined, Record<string, string>][] = [
  ['messages', undefined, {}],
  ['messages', 'msg_7', {}],
  ['modules', 'Data.Processor-2', { tab: 'turns' }],
  ['conversations', 'order/42 ?#&=', {}],
  ['events', undefined, { types: 'message.*,turn.output', module: 'A&B' }],
];

for (const [page, id, query] of routes) {
  test(`${addressOf(page, id, query)} leads back to where it came from`, () => {
    assert.deepEqual(parseRoute(addressOf(page, id, query)), { page, id, query });
  });
}

test('what is not set does not stand in the address', () => {
  assert.equal(addressOf('messages', undefined, { state: '', type: undefined }), '#/messages');
  assert.equal(addressOf('overview'), '#/');
});

test('an address that nobody made does no harm', () => {
  assert.equal(parseRoute('#/messages/%E0%A4%A').id, '%E0%A4%A');
});

test('an id leads to the page of its noun', () => {
  assert.equal(addressOfId('msg_7'), '#/messages/msg_7');
  assert.equal(addressOfId('turn_97'), '#/turns/turn_97');
  assert.equal(addressOfId('dlv_3'), undefined);
});
