import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StderrLog } from '../../../src/agents/command/stderr-log.js';

const startLog = (limits: { lineCharacters?: number; windowLines?: number } = {}) => {
  const told: string[] = [];
  const time = { now: 0 };
  const all = { lineCharacters: 100, windowLines: 100, windowMs: 1000, ...limits };
  const log = new StderrLog(
    (line) => told.push(line),
    all,
    () => time.now,
  );
  return { log, told, time, push: (text: string) => log.push(Buffer.from(text)) };
};

test('lines are told one by one, in whatever pieces they come, and the last without its end', () => {
  const { log, told, push } = startLog();
  push('one\ntw');
  push('o\n\nth');
  assert.deepEqual(told, ['one', 'two', '']);
  push('ree');
  log.end();
  assert.deepEqual(told, ['one', 'two', '', 'three']);
});

test('a character that is split is whole', () => {
  const { log, told } = startLog();
  for (const byte of Buffer.from('Grüße 世界\n')) log.push(Buffer.of(byte));
  assert.deepEqual(told, ['Grüße 世界']);
});

test('a long line is cut, and the next is told whole', () => {
  const { told, push } = startLog({ lineCharacters: 5 });
  push('123');
  push('4567890');
  push('more\nnext\n');
  assert.deepEqual(told, ['12345', 'next']);
});

test('of a flood the beginning is told, and how much was not', () => {
  const { log, told, time, push } = startLog({ windowLines: 2 });
  push('a\nb\nc\nd\ne\n');
  assert.deepEqual(told, ['a', 'b']);
  time.now = 1000;
  push('f\n');
  assert.deepEqual(told, ['a', 'b', '(3 more lines)', 'f']);
  push('g\nh\n');
  log.end();
  assert.deepEqual(told.slice(4), ['g', '(1 more lines)']);
});
