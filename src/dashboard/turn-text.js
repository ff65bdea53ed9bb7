/**
 * What an agent has said so far, put together from pieces that may come twice, or start in the middle.
 * @typedef {import('./shapes.js').Piece} Piece
 * @typedef {{ pieces: readonly Piece[], nextOffset: number, isWhole: boolean }} TurnText
 */

/** @type {TurnText} */
export const noText = { pieces: [], nextOffset: 0, isWhole: true };

/** Longest text that is kept of one turn, in characters. */
const MOST_KEPT = 200_000;

/** @param {TurnText} text @param {Piece} piece @returns {TurnText} */
export const withPiece = (text, piece) => {
  const known = text.nextOffset - piece.offset;
  if (known >= piece.text.length && piece.text !== '') return text;
  const isGap = known < 0;
  const fresh = known > 0 ? { ...piece, offset: text.nextOffset, text: piece.text.slice(known) } : piece;
  return {
    pieces: forgetting(joined(text.pieces, fresh)),
    nextOffset: fresh.offset + fresh.text.length,
    isWhole: text.isWhole && !isGap,
  };
};

/** Words that follow words of their kind are one piece. @param {readonly Piece[]} pieces @param {Piece} next */
const joined = (pieces, next) => {
  const last = pieces.at(-1);
  const isSpoken = next.kind === 'text' || next.kind === 'thinking';
  if (last === undefined || last.kind !== next.kind || !isSpoken || last.offset + last.text.length !== next.offset)
    return [...pieces, next];
  return [...pieces.slice(0, -1), { ...last, text: last.text + next.text }];
};

/** @param {readonly Piece[]} pieces */
const forgetting = (pieces) => {
  let length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  let first = 0;
  for (; length > MOST_KEPT && first < pieces.length - 1; first++) length -= pieces[first]?.text.length ?? 0;
  return first === 0 ? pieces : pieces.slice(first);
};

/** The last words, for where there is room for a few lines. @param {readonly Piece[]} pieces @param {number} length */
export const lastWords = (pieces, length) => {
  const said = pieces
    .filter(({ kind }) => kind === 'text')
    .map(({ text }) => text)
    .join('\n');
  return said.length > length ? `…${said.slice(-length)}` : said;
};

/** Name and input of a tool call, or what it gave back. @param {Piece} piece */
export const toolOf = ({ text }) => {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { result: value };
  } catch {
    return { result: text };
  }
};
