import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesPath, matchesWildcard } from '../../../src/agents/approvals/wildcard.js';

test('a star is any run of characters, and everything else is itself', () => {
  for (const [pattern, text] of [
    ['git *', 'git status -s'],
    ['git * main', 'git push origin main'],
    ['*', ''],
    ['*', 'anything'],
    ['a*b*c', 'aXbYbZc'],
    ['a.b', 'a.b'],
  ] as const)
    assert.ok(matchesWildcard(pattern, text), `${pattern} fits ${text}`);
  for (const [pattern, text] of [
    ['git *', 'git'],
    ['git *', 'gitx status'],
    ['a.b', 'axb'],
    ['a*b', 'acbd'],
    ['', 'a'],
  ] as const)
    assert.ok(!matchesWildcard(pattern, text), `${pattern} does not fit ${text}`);
});

test('a pattern of many stars does not take for ever', () => {
  assert.equal(matchesWildcard(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false);
});

test('a path is a name anywhere, a place in the folder, or a whole path', () => {
  for (const [pattern, path] of [
    ['*.env', 'deep/er/.env'],
    ['*.env', '/work/x.env'],
    ['src/*.ts', 'src/a.ts'],
    ['src/**', 'src/a/b.ts'],
    ['src/**/b.ts', 'src/b.ts'],
    ['./src/**', '/work/src/a.ts'],
    ['src', 'src/a/b.ts'],
    ['/etc/**', '/etc/hosts'],
    ['/etc', '/etc/ssl/x'],
    ['../other/**', '/other/x'],
  ] as const)
    assert.ok(matchesPath(pattern, path, '/work'), `${pattern} means ${path}`);
});

test('no path leaves the place that a pattern means', () => {
  for (const [pattern, path] of [
    ['src/**', 'src/../secret'],
    ['src/**', '/work/src/../../etc/passwd'],
    ['src/*.ts', 'src/a/b.ts'],
    ['src/**', 'srcs/a'],
    ['*.env', '/elsewhere/x.env'],
    ['/etc/*', '/etc'],
    ['src/**', '/src/a'],
  ] as const)
    assert.ok(!matchesPath(pattern, path, '/work'), `${pattern} does not mean ${path}`);
});
