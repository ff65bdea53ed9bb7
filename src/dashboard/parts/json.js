import { jsonTokens } from '../json-tokens.js';
import { html, useMemo } from '../vendor/preact.js';

/** @param {{ value: unknown, label?: string }} props */
export const Json = ({ value, label = 'JSON' }) => {
  const tokens = useMemo(() => jsonTokens(value), [value]);
  return html`<pre class="json" tabindex="0" aria-label=${label}>${tokens.map(({ kind, text }) => (kind === '' ? text : html`<span class=${kind}>${text}</span>`))}</pre>`;
};
