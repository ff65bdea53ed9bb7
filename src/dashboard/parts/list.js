import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';

/** Rows beyond the edges of the window that are there already, for who scrolls or moves with the keys. */
const BEYOND = 10;
const narrow = matchMedia('(max-width: 700px)');

/**
 * A list of any length: only the rows in sight are in the page. It asks for more when its end comes into sight, and what a reader looks
 * at stays where it is when rows come in above.
 * @param {{
 *   items: readonly any[], keyOf: (item: any) => string, row: (item: any) => unknown, head: readonly string[], label: string, kind: string,
 *   height?: number, narrowHeight?: number, onEnd?: () => void, rowClass?: (item: any) => string,
 * }} props
 */
export const List = ({ items, keyOf, row, head, label, kind, height = 34, narrowHeight = 58, onEnd, rowClass }) => {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const anchor = useRef({ key: '', top: 0 });
  const [isNarrow, setIsNarrow] = useState(narrow.matches);
  const [range, setRange] = useState({ from: 0, to: 40 });
  const rowHeight = isNarrow ? narrowHeight : height;

  const look = () => {
    if (body.current === null) return;
    const { top } = body.current.getBoundingClientRect();
    const from = Math.max(0, Math.floor(-top / rowHeight) - BEYOND);
    const to = Math.ceil((innerHeight - top) / rowHeight) + BEYOND;
    setRange((last) => (last.from === from && last.to === to ? last : { from, to }));
    const first = Math.max(0, Math.floor(-top / rowHeight));
    anchor.current = { key: top < -rowHeight && items[first] !== undefined ? keyOf(items[first]) : '', top: first };
    if (to >= items.length) onEnd?.();
  };
  const latest = useRef(look);
  latest.current = look;

  useEffect(() => {
    const onScroll = () => latest.current();
    const onWidth = () => setIsNarrow(narrow.matches);
    addEventListener('scroll', onScroll, { passive: true });
    addEventListener('resize', onScroll);
    narrow.addEventListener('change', onWidth);
    return () => {
      removeEventListener('scroll', onScroll);
      removeEventListener('resize', onScroll);
      narrow.removeEventListener('change', onWidth);
    };
  }, []);
  useLayoutEffect(() => {
    const { key, top } = anchor.current;
    const moved = key === '' ? -1 : items.findIndex((item) => keyOf(item) === key);
    if (moved > top) scrollBy(0, (moved - top) * rowHeight);
    look();
  }, [items, rowHeight]);

  const shown = items.slice(range.from, range.to);
  return html`<div role="table" aria-label=${label} aria-rowcount=${items.length + 1} class="list ${kind}">
    <div role="rowgroup" class="list-head">
      <div role="row" aria-rowindex="1" class="row">${head.map((title) => html`<span role="columnheader">${title}</span>`)}</div>
    </div>
    <div role="rowgroup" class="list-body" ref=${body} style=${{ height: `${items.length * rowHeight}px` }}>
      ${shown.map((item, index) => {
        const position = range.from + index;
        const style = { top: `${position * rowHeight}px`, height: `${rowHeight}px` };
        return html`<div key=${keyOf(item)} role="row" aria-rowindex=${position + 2} data-row tabindex=${position === range.from ? 0 : -1}
          class="row ${rowClass?.(item) ?? ''}" style=${style}>${row(item)}</div>`;
      })}
    </div>
  </div>`;
};

/** @param {{ children?: unknown, class?: string }} props */
export const Cell = ({ children, class: name = '' }) => html`<span role="cell" class=${name}>${children}</span>`;
