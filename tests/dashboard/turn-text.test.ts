import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastWords, noText, toolOf, withPiece } from '../../src/dashboard/turn-text.js';

type Piece = Parameters<typeof withPiece>[1];
const text = (offset: number, words: string): Piece => ({ kind: 'text', offset, text: words });
const all = (...pieces: Piece[]) => pieces.reduce(withPiece, noText);
const said = (...pieces: Piece[]) => all(...pieces).pieces.map((piece) => piece.text);

test('words that follow each other are one piece', () => {
  assert.deepEqual(said(text(0, 'Hel'), text(3, 'lo ')), ['Hello ']);
});

test('a piece that comes twice is taken once, and of one that overlaps only what is new', () => {
  assert.deepEqual(said(text(0, 'Hello'), text(0, 'Hello'), text(3, 'lo world')), ['Hello world']);
});

test('a gap is told, and nothing is joined over it', () => {
  const met = all(text(0, 'Hel'), text(10, 'there'));
  assert.deepEqual([met.pieces.map((piece) => piece.text), met.isWhole, met.nextOffset], [['Hel', 'there'], false, 15]);
});

test('tools stand between the words, each by itself', () => {
  const use: Piece = { kind: 'tool_use', offset: 5, text: '{"name":"Bash","input":{"command":"ls"}}' };
  assert.equal(said(text(0, 'First'), use, { ...use, offset: 45 }, text(85, 'Then')).length, 4);
  assert.deepEqual(toolOf(use), { name: 'Bash', input: { command: 'ls' } });
  assert.deepEqual(toolOf({ ...use, text: 'not JSON' }), { result: 'not JSON' });
});

test('a talker without end does not fill the memory', () => {
  let turn = noText;
  for (let index = 0; index < 60; index++) {
    const kind = index % 2 === 0 ? ('text' as const) : ('thinking' as const);
    turn = withPiece(turn, { kind, offset: turn.nextOffset, text: 'x'.repeat(10_000) });
  }
  assert.equal(turn.nextOffset, 600_000);
  assert.ok(turn.pieces.reduce((sum, piece) => sum + piece.text.length, 0) <= 200_000);
});

test('of the words the last are shown, without thoughts and tools', () => {
  const pieces = [text(0, 'One. '), { kind: 'thinking' as const, offset: 5, text: 'Hm.' }, text(8, 'Two.')];
  assert.equal(lastWords(pieces, 100), 'One. \nTwo.');
  assert.equal(lastWords(pieces, 4), '…Two.');
});
