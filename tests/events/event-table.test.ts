import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventsDocument } from '../../scripts/events-document.js';
import { eventTable } from '../../src/events/event-table-schema.js';
import { readSourceTree } from '../support/source-tree.js';

// That each event of a running hub is in the table, and fits it, every test hub checks when it stops: tests/support/event-problems.ts.

const names = Object.keys(eventTable);
const writers = readSourceTree().filter(({ path }) => !path.endsWith('-schema.ts') && path !== 'events/event-types.ts');

test('the page of events is what the code says', async () => {
  const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
  assert.equal(page, eventsDocument(), 'run `npm run openapi` and commit the file');
});

test('every event has a noun, a verb in the past tense or a thing that came of it, and a sentence', () => {
  for (const name of names) {
    assert.match(name, /^[a-z]+\.[a-z_]+$/);
    assert.match(eventTable[name as keyof typeof eventTable].when, /^[A-Z].*\.$/, name);
  }
});

test('every event of the table is written somewhere', () => {
  const unwritten = names.filter((name) => !writers.some(({ text }) => text.includes(`'${name}'`)));
  assert.deepEqual(unwritten, []);
});

test('every event that the code appends is in the table', () => {
  const appended = writers.flatMap(({ text }) =>
    [...text.matchAll(/\btype(?:: |\?: | = )[^;\n]*?'([a-z]+\.[a-z_]+)'/g)].map(([, name]) => name!),
  );
  assert.ok(appended.length > 20, `${appended.length} were found`);
  const nouns = new Set(names.map((name) => name.split('.')[0]));
  const unknown = appended.filter((name) => nouns.has(name.split('.')[0]) && !names.includes(name));
  assert.deepEqual(unknown, []);
});
