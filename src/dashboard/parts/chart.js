import { areaPath, CHART_HEIGHT, linePath, niceCeiling } from '../chart-lines.js';
import { compact } from '../format.js';
import { html, useState } from '../vendor/preact.js';

/** @typedef {{ label: string, tone: string, values: readonly number[] }} Line one value a second, the newest last */

/** Lines over the last seconds; under the pointer, the numbers of that second. @param {{ lines: readonly Line[], label: string }} props */
export const Chart = ({ lines, label }) => {
  const [at, setAt] = useState(/** @type {number | undefined} */ (undefined));
  const whole = lines.map(wholeSeconds);
  const length = whole[0]?.values.length ?? 0;
  const ceiling = niceCeiling(Math.max(0, ...whole.flatMap(({ values }) => values)));
  const look = (/** @type {MouseEvent} */ event) => {
    const { left, width } = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    setAt(Math.min(length - 1, Math.max(0, Math.round(((event.clientX - left) / width) * (length - 1)))));
  };
  return html`<figure class="chart" role="img" aria-label=${label}>
    <span class="scale top">${compact(ceiling)}</span><span class="scale middle">${compact(ceiling / 2)}</span>
    <div class="plot" onMouseMove=${look} onMouseLeave=${() => setAt(undefined)}>
      <${Drawing} lines=${whole} ceiling=${ceiling} at=${at} />
      ${at !== undefined && html`<div class="reading"><span class="dim">${length - at} s ago</span>${whole.map(({ tone, values }) => html`<b class=${tone}>${compact(values[at] ?? 0)}</b>`)}</div>`}
    </div>
    <span class="scale start">${Math.round(length / 60)} min ago</span><span class="scale end">now</span>
  </figure>`;
};

/** The same without words, for a row. @param {{ lines: readonly Line[], label: string }} props */
export const Sparkline = ({ lines, label }) => {
  const whole = lines.map(wholeSeconds);
  const ceiling = niceCeiling(Math.max(0, ...whole.flatMap(({ values }) => values)), 2);
  return html`<div class="spark" role="img" aria-label=${label}><${Drawing} lines=${whole} ceiling=${ceiling} /></div>`;
};

/** The second that runs would always look like a fall. @param {Line} line */
const wholeSeconds = (line) => ({ ...line, values: line.values.slice(0, -1) });

/** @param {{ lines: readonly Line[], ceiling: number, at?: number }} props */
const Drawing = ({ lines, ceiling, at }) => {
  const width = Math.max(1, (lines[0]?.values.length ?? 0) - 1);
  return html`<svg viewBox="0 0 ${width} ${CHART_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
    <path class="grid" d="M0 0H${width}M0 50H${width}M0 100H${width}" />
    ${lines.map(({ tone, values }) => html`<path class="area ${tone}" d=${areaPath(values, ceiling)} /><path class="line ${tone}" d=${linePath(values, ceiling)} />`)}
    ${at !== undefined && html`<path class="cursor" d="M${at} 0V100" />`}
  </svg>`;
};
