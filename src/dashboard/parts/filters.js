import { addressOf } from '../router.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';

/** How long a pause in typing is the end of a word. */
const PAUSE_MS = 250;

/**
 * The filters of a page. What is set stands in the address, so that it can be shared and gone back to.
 * @param {{ page: string, id?: string, query: Readonly<Record<string, string>>, fields: readonly { name: string, label: string,
 *   options?: readonly string[], wide?: boolean }[], children?: unknown }} props
 */
export const Filters = ({ page, id, query, fields, children }) => {
  const change = (/** @type {string} */ name, /** @type {string} */ value) =>
    history.replaceState(null, '', addressOf(page, id, { ...query, [name]: value })) ??
    dispatchEvent(new HashChangeEvent('hashchange'));
  return html`<div class="filters" role="search">
    ${fields.map((field, index) => html`<${Field} key=${field.name} field=${field} value=${query[field.name] ?? ''} isFirst=${index === 0} onChange=${(/** @type {string} */ value) => change(field.name, value)} />`)}
    ${children}
  </div>`;
};

/** @param {{ field: { name: string, label: string, options?: readonly string[], wide?: boolean }, value: string, isFirst: boolean, onChange: (value: string) => void }} props */
const Field = ({ field: { name, label, options, wide = false }, value, isFirst, onChange }) => {
  const [typed, setTyped] = useState(value);
  // What was typed meanwhile is not undone by the address that follows it.
  const known = useRef(value);
  useEffect(() => {
    if (known.current !== value) setTyped(value);
    known.current = value;
  }, [value]);
  useEffect(() => {
    if (typed.trim() === known.current) return undefined;
    const timer = setTimeout(() => {
      known.current = typed.trim();
      onChange(known.current);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  if (options !== undefined)
    return html`<select aria-label=${label} name=${name} value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      <option value="">${label}: any</option>
      ${options.map((option) => html`<option value=${option}>${option.replaceAll('_', ' ')}</option>`)}
    </select>`;
  return html`<input type="search" name=${name} aria-label=${label} placeholder=${label} value=${typed} data-filter=${isFirst || undefined}
    class=${wide ? 'wide' : ''} autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} />`;
};
