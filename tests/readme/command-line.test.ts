import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/cli-failure.js';
import { commandList } from '../../src/cli/command-list.js';
import { fencesOf, tableOf } from '../support/readme-text.js';

const section = 'From the command line';

test('every command line of the README is an example of the help, and those are run', () => {
  const examples = new Set(commandList.flatMap((command) => command.examples));
  const lines = fencesOf(section).flatMap(({ text }) => text.trimEnd().split('\n'));
  assert.ok(lines.length > 0);
  assert.deepEqual(
    lines.filter((line) => !examples.has(line)),
    [],
  );
});

test('the table of exit codes has every code', () => {
  assert.deepEqual(
    tableOf(section).map(([code]) => Number(code)),
    Object.values(exitCodes),
  );
});
