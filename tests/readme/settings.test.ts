import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingNames } from '../../src/config.js';
import { tableOf } from '../support/readme-text.js';
import { readSourceTree } from '../support/source-tree.js';

const bare = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

/** The schema is private to config.ts, so its defaults are read off its text; empty where there is none. */
const defaultOf = (name: string): string => {
  const config = readSourceTree().find(({ path }) => path === 'config.ts')?.text ?? '';
  const [, property = ''] = config.split(`  ${name}: `);
  const own = property.split(/^ {2}GRANGER_|^\}\)/m)[0] ?? '';
  const [, quoted, literal] = /\bdefault: (?:'([^']*)'|([\w.]+))/.exec(own) ?? [];
  return (quoted ?? literal ?? '').replaceAll('_', '');
};

test('the table of settings names every setting with its default, in the order of the code, and no other', () => {
  assert.deepEqual(
    tableOf('Settings').map(([name, value]) => [bare(name), bare(value)]),
    settingNames.map((name) => [name, defaultOf(name)]),
  );
});

test('every setting of the table is explained', () => {
  const silent = tableOf('Settings').filter(([, , meaning = '']) => meaning === '');
  assert.deepEqual(silent, []);
});
