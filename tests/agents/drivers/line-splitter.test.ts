import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter, LineTooLongError } from '../../../src/agents/drivers/line-splitter.js';
import { OutputTail } from '../../../src/agents/drivers/output-tail.js';

const TEXT = 'first\nzweite Größe\n\n世界 👩‍🚀\n';

for (const size of [1, 2, 3, 7, 1000]) {
  test(`lines come out whole when bytes come in pieces of ${size}`, () => {
    const splitter = new LineSplitter(100);
    const bytes = Buffer.from(TEXT);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    assert.deepEqual(lines, TEXT.split('\n').slice(0, -1));
    assert.equal(splitter.takeRest(), '');
  });
}

test('what follows the last newline waits for the next piece', () => {
  const splitter = new LineSplitter(100);
  assert.deepEqual([...splitter.push(Buffer.from('a\nb'))], ['a']);
  assert.deepEqual([...splitter.push(Buffer.from('c\n'))], ['bc']);
});

test('a line over the limit is an error, after the lines before it', () => {
  const lines = new LineSplitter(4).push(Buffer.from('fits\ntoo long'));
  assert.equal(lines.next().value, 'fits');
  assert.throws(() => lines.next(), LineTooLongError);
});

test('the limit counts one line, not all of them', () => {
  assert.equal([...new LineSplitter(4).push(Buffer.from('four\n'.repeat(100)))].length, 100);
});

test('a tail keeps the last bytes only', () => {
  const tail = new OutputTail(5);
  for (const piece of ['abc', 'defg', 'h']) tail.push(Buffer.from(piece));
  assert.equal(tail.toString(), 'defgh');
});
