import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, typesOf } from '../../src/dashboard/event-match.js';

const event = (type: string, subject: object = {}) => ({ seq: 1, type, at: '', subject, data: {} });

test('types are exact, a noun with all its events, or all', () => {
  assert.ok(matches({ types: 'message.*' })(event('message.sent')));
  assert.ok(!matches({ types: 'message.*' })(event('messages.sent')));
  assert.ok(matches({ types: 'turn.failed,turn.started' })(event('turn.started')));
  assert.ok(!matches({ types: 'turn.failed' })(event('turn.started')));
  for (const types of ['', '*']) assert.ok(matches({ types })(event('turn.started')));
});

test('all that is named must fit', () => {
  const fits = matches({ module: 'A', message: 'msg_1' });
  assert.ok(fits(event('x.y', { module: 'A', messageId: 'msg_1' })));
  assert.ok(!fits(event('x.y', { module: 'A', messageId: 'msg_2' })));
  assert.ok(matches({ module: '' })(event('x.y', {})));
});

test('half a word that is being typed is not asked for', () => {
  assert.equal(typesOf('message, turn.failed delivery.* x. TURN'), 'message.*,turn.failed,delivery.*,turn.*');
  assert.equal(typesOf('turn.'), '');
});
