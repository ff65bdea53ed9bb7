import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readme, readmeSection } from '../support/readme-text.js';
import { folderOf, readSourceTree } from '../support/source-tree.js';

const root = new URL('../../', import.meta.url);
const architecture = readmeSection('Architecture');
const part = (title: string): string => architecture.split(`\n### ${title}\n`)[1]?.split('\n### ')[0] ?? '';

test('the layout names every folder of src and every file beside them, and no other', () => {
  const named = [...part('Layout').matchAll(/^ {2}([\w.-]+)\/? {2,}\S/gm)].map(([, name]) => name);
  const found = new Set(readSourceTree().map(({ path, name }) => folderOf(path) || name));
  assert.deepEqual(named.sort(), [...found].sort());
});

test('the rules are those that the architecture test keeps', () => {
  const kept = readFileSync(new URL('tests/architecture.test.ts', root), 'utf8').matchAll(/^test\('(.*?)', /gm);
  const listed = part('Rules').matchAll(/^- (.*)\.$/gm);
  const plain = (sentences: Iterable<RegExpExecArray>) => Array.from(sentences, ([, text = '']) => text.toLowerCase());
  assert.deepEqual(plain(listed), plain(kept));
});

test('every link to a file of the project leads somewhere', () => {
  const links = Array.from(readme.matchAll(/\]\(([^)#:]+)\)/g), ([, path = '']) => path);
  assert.deepEqual(
    links.filter((path) => !existsSync(new URL(path, root))),
    [],
  );
});
