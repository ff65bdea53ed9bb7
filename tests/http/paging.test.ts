import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as forAll, integer, property, string, uniqueArray } from 'fast-check';
import { numberCursor, pageOfSorted } from '../../src/http/paging.js';

const walk = (sorted: readonly string[], limit: number): string[][] => {
  const pages: string[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = pageOfSorted(
      sorted,
      (item) => item,
      cursor === undefined ? { limit } : { limit, cursor: cursor ?? '' },
    );
    pages.push(page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
};

test('pages one after the other hold everything once, none longer than its limit, none empty but the only one', () => {
  const lists = uniqueArray(string({ minLength: 1 })).map((items) => items.sort());
  const isWhole = (sorted: string[], limit: number): boolean => {
    const pages = walk(sorted, limit);
    const isTight = pages.every(({ length }) => length <= limit && (length > 0 || sorted.length === 0));
    return isTight && pages.flat().join('\0') === sorted.join('\0');
  };
  forAll(property(lists, integer({ min: 1, max: 10 }), isWhole));
});

test('what is added or removed while one pages hides nothing else', () => {
  const page = pageOfSorted(['a', 'c', 'e'], (item) => item, { limit: 2 });
  assert.deepEqual(page, { items: ['a', 'c'], nextCursor: 'c' });
  assert.deepEqual(pageOfSorted(['b', 'd', 'e'], (item) => item, { limit: 2, cursor: 'c' }).items, ['d', 'e']);
});

test('a number is its own cursor, and everything else is refused', () => {
  assert.deepEqual(['0', '48213', undefined].map(numberCursor), [0, 48213, undefined]);
  forAll(property(array(integer({ min: 0 })), (all) => all.every((one) => numberCursor(String(one)) === one)));
  for (const bad of ['', 'abc', '-1', '1.5', '1e3', ' 1', '0x1', '99999999999999999'])
    assert.throws(() => numberCursor(bad), { code: 'invalid_request' }, bad);
});
