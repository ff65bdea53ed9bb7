import { html } from '../vendor/preact.js';

/** Names and values; what is undefined is left out. @param {{ facts: Readonly<Record<string, unknown>> }} props */
export const Facts = ({ facts }) => html`<dl class="facts">
  ${Object.entries(facts).map(([name, value]) => value !== undefined && value !== '' && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>`;
