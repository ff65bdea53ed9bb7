import { duration } from '../format.js';
import { html } from '../vendor/preact.js';

/** Parts of a stretch of time, side by side. @param {{ parts: readonly { label: string, tone: string, ms: number }[], label: string }} props */
export const Bar = ({ parts, label }) => {
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const told = parts.filter(({ ms }) => ms > 0);
  return html`<figure class="time-bar" aria-label=${label}>
    <div class="bar" aria-hidden="true">${told.map(({ tone, ms }) => html`<span class=${tone} style=${{ width: `${(ms / total) * 100}%` }}></span>`)}</div>
    <figcaption>${told.map(({ label: name, tone, ms }) => html`<span class="key ${tone}">${name} <b>${duration(ms)}</b></span>`)}</figcaption>
  </figure>`;
};
