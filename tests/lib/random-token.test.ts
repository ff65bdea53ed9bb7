import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as forAll, integer, property } from 'fast-check';
import { randomToken } from '../../src/lib/random-token.js';

test('a token has the bytes it was asked for, in letters that need no escape in an address', () => {
  const isWhole = (bytes: number): boolean => {
    const token = randomToken(bytes);
    return /^[A-Za-z0-9_-]+$/.test(token) && Buffer.from(token, 'base64url').length === bytes;
  };
  forAll(property(integer({ min: 1, max: 64 }), isWhole));
});

test('no token comes twice, also where the pool of random bytes is filled again', () => {
  const tokens = Array.from({ length: 20_000 }, () => randomToken(12));
  assert.equal(new Set(tokens).size, tokens.length);
});

test('tokens of mixed lengths never share bytes', () => {
  const sharesNone = (lengths: number[]): boolean => {
    const tokens = lengths.map(randomToken);
    return tokens.every((token, index) => tokens.every((other, place) => index === place || !other.includes(token)));
  };
  forAll(property(array(integer({ min: 12, max: 200 }), { minLength: 2, maxLength: 60 }), sharesNone));
});
