import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { TestTally } from '../../scripts/test-tally.js';

interface Ended {
  name?: string;
  file?: string;
  nesting?: number;
  skip?: boolean | string;
  todo?: boolean | string;
  suite?: boolean;
  failure?: string;
}

const ended = ({
  name = 'a sentence',
  file = resolve('tests/a.test.ts'),
  suite,
  failure,
  ...rest
}: Ended): TestEvent => {
  const error = Object.assign(new Error('failed'), { failureType: failure });
  const details = { ...(suite ? { type: 'suite' } : {}), ...(failure === undefined ? {} : { error }) };
  const data = { nesting: 0, name, file, ...rest, details };
  return { type: failure === undefined ? 'test:pass' : 'test:fail', data } as unknown as TestEvent;
};

const tallyOf = (...events: Ended[]): TestTally => {
  const tally = new TestTally([]);
  for (const event of events) tally.add(ended(event));
  return tally;
};

test('passed tests are summed up in one line, which names skipped ones only when there are some', () => {
  assert.equal(tallyOf({}, {}).summary, '2 passed, 0 failed');
  assert.equal(tallyOf({}, { skip: '' }, { todo: 'later' }).summary, '1 passed, 0 failed, 2 skipped');
});

test('a test that holds others is not counted beside them', () => {
  assert.equal(tallyOf({}, { nesting: 1 }, { nesting: 1 }, {}, {}).summary, '4 passed, 0 failed');
  assert.equal(tallyOf({ nesting: 1 }, { suite: true }).summary, '1 passed, 0 failed');
});

test('a failure is counted once, where it happened', () => {
  const inside = tallyOf({ nesting: 1, failure: 'testCodeFailure' }, { failure: 'subtestsFailed' });
  assert.equal(inside.summary, '0 passed, 1 failed');
  const around = tallyOf({ nesting: 1 }, { failure: 'hookFailed' });
  assert.equal(around.summary, '1 passed, 1 failed');
});

test('tests of files that run side by side are told apart', () => {
  const other = resolve('tests/b.test.ts');
  assert.equal(tallyOf({ nesting: 1 }, { file: other }, {}).summary, '2 passed, 0 failed');
});

test('a batch that cannot be loaded and a file without a test are failures', () => {
  const batch = resolve('batch-1.mjs');
  assert.equal(tallyOf({ name: batch, file: batch, failure: 'testCodeFailure' }).summary, '0 passed, 1 failed');
  assert.equal(tallyOf({ name: batch, file: batch }).summary, '0 passed, 0 failed');
  const files = [resolve('tests/a.test.ts'), resolve('tests/b.test.ts')];
  const tally = new TestTally(files);
  tally.add(ended({ file: files[1]! }));
  assert.equal(tally.summary, '1 passed, 1 failed');
  assert.deepEqual(tally.emptyFiles, [files[0]]);
});

test('a run that was ended from outside is no success', () => {
  const tally = tallyOf({});
  tally.abort();
  assert.equal(tally.summary, '1 passed, 1 failed');
});

test('a failing test that is marked as still to do does not fail the run', () => {
  assert.equal(tallyOf({}, { todo: true, failure: 'testCodeFailure' }).isSuccess, true);
});

test('a run without a test is no success', () => {
  assert.equal(tallyOf().isSuccess, false);
  assert.equal(tallyOf({ skip: true }).isSuccess, false);
});

test('what a file did is forgotten when it is run again, and only what it does then counts', () => {
  const [shaky, solid] = [resolve('tests/shaky.test.ts'), resolve('tests/solid.test.ts')];
  const tally = new TestTally([shaky, solid]);
  for (const event of [{ file: shaky }, { file: shaky, failure: 'testCodeFailure' }, { file: solid }])
    tally.add(ended(event));
  assert.deepEqual(tally.failedFiles, [shaky]);
  tally.forget([shaky], [shaky]);
  assert.equal(tally.summary, '1 passed, 1 failed');
  for (const event of [{ file: shaky }, { file: shaky }]) tally.add(ended(event));
  assert.equal(tally.summary, '3 passed, 0 failed');
});

test('the files of a batch that did not end are run again in place of the batch', () => {
  const [batch, file] = [resolve('batch-1.mjs'), resolve('tests/a.test.ts')];
  const tally = new TestTally([file]);
  tally.add(ended({ name: batch, file: batch, failure: 'testTimeoutFailure' }));
  assert.deepEqual(tally.failedFiles, [batch]);
  tally.forget([batch], [file]);
  tally.add(ended({ file }));
  assert.equal(tally.summary, '1 passed, 0 failed');
});
