import { lastWords, toolOf } from '../turn-text.js';
import { html, useLayoutEffect, useRef } from '../vendor/preact.js';
import { Json } from './json.js';

/** @typedef {import('../shapes.js').Piece} Piece */

/** All that an agent has said and done. @param {{ pieces: readonly Piece[], isLive?: boolean }} props */
export const TurnOutput = ({ pieces, isLive = false }) => html`<div class="said" aria-live=${isLive ? 'polite' : 'off'}>
  ${pieces.map((piece) => html`<${OnePiece} key=${`${piece.kind} ${piece.offset}`} piece=${piece} />`)}
  ${isLive && html`<span class="caret" aria-hidden="true"></span>`}
</div>`;

/** @param {{ piece: Piece }} props */
const OnePiece = ({ piece }) => {
  if (piece.kind === 'text') return html`<div class="words">${piece.text}</div>`;
  if (piece.kind === 'thinking') return html`<div class="words thinking">${piece.text}</div>`;
  const { name, input, isError, text, result } = toolOf(piece);
  const summary =
    piece.kind === 'tool_use'
      ? html`<b>${name ?? 'tool'}</b> <code>${oneLine(input)}</code>`
      : html`${isError ? 'error' : 'result'} <code>${oneLine(text ?? result)}</code>`;
  return html`<details class="tool ${isError ? 'bad' : ''}">
    <summary>${summary}</summary>
    <${Json} value=${piece.kind === 'tool_use' ? input : (text ?? result)} />
  </details>`;
};

/** @param {unknown} value */
const oneLine = (value) => {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 140 ? `${text.slice(0, 139)}…` : text;
};

/** The last of it, in the few lines of a card; keeps to its end. @param {{ pieces: readonly Piece[] }} props */
export const LastWords = ({ pieces }) => {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const words = lastWords(pieces, 700);
  const last = pieces.at(-1);
  const tool = last?.kind === 'tool_use' ? toolOf(last) : undefined;
  useLayoutEffect(() => {
    if (place.current !== null) place.current.scrollTop = place.current.scrollHeight;
  }, [words, tool]);
  return html`<div class="last-words" ref=${place}>
    ${words === '' && tool === undefined ? html`<span class="dim">…</span>` : words}
    ${tool !== undefined && html`<div class="tool-line"><b>${tool.name}</b> <code>${oneLine(tool.input)}</code></div>`}
  </div>`;
};
