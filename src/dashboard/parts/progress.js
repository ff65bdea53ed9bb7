import { html } from '../vendor/preact.js';
import { toneOf } from './words.js';

/** @param {{ task: { title: string, state: string, percent: number, total?: number, done?: number } }} props */
export const Progress = ({ task: { title, state, percent, total, done } }) => {
  const whole = Math.round(percent);
  return html`<span class="progress ${toneOf(state)}" role="progressbar" aria-label=${title} aria-valuenow=${whole} aria-valuemin="0" aria-valuemax="100">
    <span class="bar" aria-hidden="true"><span style=${{ width: `${percent}%` }}></span></span>
    <b>${total === undefined ? `${whole} %` : `${done ?? 0} / ${total}`}</b>
  </span>`;
};
