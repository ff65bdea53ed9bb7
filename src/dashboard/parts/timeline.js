import { clockTime, duration } from '../format.js';
import { html } from '../vendor/preact.js';
import { Empty } from './words.js';

/** @param {{ steps: readonly import('../trace.js').Step[] }} props */
export const Timeline = ({ steps }) => {
  if (steps.length === 0) return html`<${Empty}>The events of it are not kept any more.<//>`;
  return html`<ol class="timeline">
    ${steps.map(({ key, at, sinceMs, tone, title, detail }, index) => {
      const before = steps[index - 1];
      const waited = before === undefined ? 0 : at - before.at;
      return html`<li key=${key} class=${tone}>
        <span class="when" title=${new Date(at).toISOString()}>${index === 0 ? clockTime(new Date(at).toISOString()) : `+${duration(sinceMs)}`}</span>
        <span class="what"><b>${title}</b>${detail !== '' && html` <span class="dim">${detail}</span>`}</span>
        ${waited >= 1000 && html`<span class="waited dim">after ${duration(waited)}</span>`}
      </li>`;
    })}
  </ol>`;
};
