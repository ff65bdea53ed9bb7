import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, pageKeys } from '../../src/dashboard/keyboard.js';

const free = { isTyping: false, isAfterG: false };
const press = (key: string, situation: object = {}, modifiers: object = {}) =>
  commandOf({ key, ...modifiers }, { ...free, ...situation });

test('keys move, open, filter, help and press', () => {
  assert.deepEqual(
    ['j', 'k'].map((key) => press(key)),
    [
      { kind: 'move', by: 1 },
      { kind: 'move', by: -1 },
    ],
  );
  assert.deepEqual(press('Enter'), { kind: 'open' });
  assert.deepEqual(press('/'), { kind: 'filter' });
  assert.deepEqual(press('?'), { kind: 'help' });
  assert.deepEqual(press('r'), { kind: 'press', key: 'r' });
  assert.equal(press('F5'), undefined);
});

test('who types in a field is left alone, but for Escape', () => {
  for (const key of ['j', '/', 'r', ' ', 'Enter']) assert.equal(press(key, { isTyping: true }), undefined);
  assert.deepEqual(press('Escape', { isTyping: true }), { kind: 'leave' });
});

test('what is pressed with control, command or alt belongs to the browser', () => {
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
    assert.equal(press('r', {}, { [modifier]: true }), undefined);
});

test('g and a letter go to a page, each letter to another', () => {
  assert.deepEqual(press('g'), { kind: 'go' });
  assert.deepEqual(press('m', { isAfterG: true }), { kind: 'page', page: 'modules' });
  assert.equal(press('z', { isAfterG: true }), undefined);
  assert.equal(new Set(Object.values(pageKeys)).size, Object.keys(pageKeys).length);
});
