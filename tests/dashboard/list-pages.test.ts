import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeEnd, mergeTop } from '../../src/dashboard/list-pages.js';

const page = (ids: readonly number[], nextCursor: string | null = 'more') => ({
  items: ids.map((id) => ({ id })),
  nextCursor,
});
const keyOf = ({ id }: { id: number }) => String(id);
const ids = ({ items }: { items: readonly { id: number }[] }) => items.map(({ id }) => id);

test('a fresh first page goes over what was loaded, and the rest stays', () => {
  const merged = mergeTop(page([8, 7, 6, 5, 4, 3], 'old'), page([10, 9, 8]), keyOf);
  assert.deepEqual([ids(merged), merged.nextCursor], [[10, 9, 8, 7, 6, 5, 4, 3], 'old']);
});

test('what has gone from the first page is gone', () => {
  assert.deepEqual(ids(mergeTop(page([8, 7, 6, 5, 4], 'old'), page([8, 6, 5]), keyOf)), [8, 6, 5, 4]);
});

test('where so much is new that the two do not meet, only the newest page stays', () => {
  const fresh = page([30, 29, 28]);
  assert.equal(mergeTop(page([8, 7, 6]), fresh, keyOf), fresh);
});

test('a page that is the whole list is the list', () => {
  assert.deepEqual(ids(mergeTop(page([8, 7, 6, 5], null), page([8, 7], null), keyOf)), [8, 7]);
});

test('an item that moved while pages were read stands once', () => {
  assert.deepEqual(ids({ items: mergeEnd(page([8, 7]).items, page([7, 6]).items, keyOf) }), [8, 7, 6]);
});
