import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventFilter, matchesFilter } from '../../src/events/event-filter.js';
import type { StoredEvent } from '../../src/events/event-types.js';

const event: StoredEvent = {
  seq: 7,
  type: 'delivery.completed',
  at: 0,
  module: 'Worker',
  conversation_id: 'order-42',
  message_id: 3,
  delivery_id: 4,
  turn_id: null,
  instance_id: null,
  task_id: 12,
  sender: 'Producer',
  key_id: null,
  data: '{}',
};

const filters: readonly [what: string, filter: EventFilter, fits: boolean][] = [
  ['nothing named', {}, true],
  ['no types', { types: [] }, true],
  ['its type', { types: ['delivery.completed'] }, true],
  ['another type of its noun', { types: ['delivery.claimed'] }, false],
  ['all of its noun', { types: ['delivery.*'] }, true],
  ['all of another noun', { types: ['message.*'] }, false],
  ['all of a noun that only begins alike', { types: ['deliver.*'] }, false],
  ['its noun without a star', { types: ['delivery'] }, false],
  ['one of several', { types: ['message.sent', 'delivery.*'] }, true],
  ['none of several', { types: ['message.sent', 'turn.*'] }, false],
  ['everything', { types: ['*'] }, true],
  ['everything beside something else', { types: ['message.sent', '*'] }, true],
  ['its module', { module: 'Worker' }, true],
  ['a module in another case', { module: 'worker' }, false],
  ['the module that sent what it is about', { module: 'Producer' }, true],
  ['its task', { task: 12 }, true],
  ['another task', { task: 1 }, false],
  ['its conversation', { conversation: 'order-42' }, true],
  ['another conversation', { conversation: 'order-4' }, false],
  ['its message', { message: 3 }, true],
  ['another message', { message: 4 }, false],
  ['a turn, which it has none', { turn: 4 }, false],
  ['all that is right', { types: ['delivery.*'], module: 'Worker', message: 3 }, true],
  ['one wrong among right ones', { types: ['delivery.*'], module: 'Worker', message: 9 }, false],
];

for (const [what, filter, fits] of filters) {
  test(`an event ${fits ? 'fits' : 'does not fit'} a filter with ${what}`, () => {
    assert.equal(matchesFilter(filter)(event), fits);
  });
}
