import { counted } from '../attention.js';
import { age, preview } from '../format.js';
import { useList, useNow } from '../hooks.js';
import { act, del, post } from '../hub-api.js';
import { Facts } from '../parts/facts.js';
import { Filters } from '../parts/filters.js';
import { Json } from '../parts/json.js';
import { Cell, List } from '../parts/list.js';
import { Empty, Failed, Id, ModuleName } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html, useEffect, useState } from '../vendor/preact.js';

/** @typedef {import('../shapes.js').DeadLetter} DeadLetter */

const fields = [
  { name: 'module', label: 'Module' },
  { name: 'type', label: 'Type' },
];
const idOf = (/** @type {DeadLetter} */ { delivery }) => delivery.id;

/** @param {{ query: Readonly<Record<string, string>>, canAct: boolean }} props */
export const DeadLetters = ({ query, canAct }) => {
  const now = useNow();
  const { module, type, open } = query;
  const list = useList(
    '/v1/dead-letters',
    { module, type, limit: 100 },
    ['delivery.died', 'delivery.redriven', 'delivery.deleted'],
    idOf,
  );
  const [selected, setSelected] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const here = new Set(list.items.map(idOf));
  const chosen = [...selected].filter((id) => here.has(id));
  useEffect(() => setSelected(new Set()), [module, type]);
  const toggle = (/** @type {string} */ id) =>
    setSelected((last) => {
      const next = new Set(last);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const redrive = (/** @type {object} */ what) =>
    act(async () => `${counted((await post('/v1/dead-letters/redrive', what)).redriven, 'dead letter')} redriven.`);
  const remove = (/** @type {readonly string[]} */ ids) =>
    confirm(`Delete ${counted(ids.length, 'dead letter')}? They are gone then.`) &&
    act(async () => {
      for (const id of ids) await del(`/v1/dead-letters/${id}`);
      return `${counted(ids.length, 'dead letter')} deleted.`;
    });
  const opened = list.items.find((item) => idOf(item) === open);
  const isFiltered = Boolean(module || type);
  const row = (
    /** @type {DeadLetter} */ { delivery, message, attempts },
  ) => html`<${Cell} class="c-check">${canAct && html`<input type="checkbox" data-key="x" aria-label="Select ${delivery.id}" checked=${selected.has(delivery.id)} onChange=${() => toggle(delivery.id)} />`}<//>
    <${Cell} class="c-id"><a class="id" href=${addressOf('dead-letters', undefined, { ...query, open: delivery.id })}>${delivery.id}</a><//>
    <${Cell} class="c-name">${delivery.module === undefined ? `#${delivery.channel}` : html`<${ModuleName} name=${delivery.module} />`}<//>
    <${Cell} class="c-type">${message.type}<//>
    <${Cell} class="c-text bad">${delivery.error?.message ?? ''}<//>
    <${Cell} class="c-text dim c-payload">${preview(message.payload, 80)}<//>
    <${Cell} class="number dim">${counted(attempts.length, 'attempt')}<//>
    <${Cell} class="number dim">${age(delivery.settledAt, now)}<//>
    <${Cell} class="c-actions">${canAct && html`<button type="button" data-key="r" onClick=${() => redrive({ ids: [delivery.id] })}>Redrive</button>`}<//>`;
  return html`<h1>Dead letters</h1>
    <${Filters} page="dead-letters" query=${query} fields=${fields}>
      ${
        canAct &&
        html`<span class="spacer"></span>
        ${
          chosen.length > 0 &&
          html`<button type="button" onClick=${() => remove(chosen)}>Delete ${chosen.length}</button>
          <button type="button" class="primary" onClick=${() => redrive({ ids: chosen })}>Redrive ${chosen.length}</button>`
        }
        ${chosen.length === 0 && list.items.length > 0 && html`<button type="button" onClick=${() => (isFiltered || confirm('Redrive every dead letter?')) && redrive(isFiltered ? { module: module || undefined, type: type || undefined } : { before: new Date().toISOString() })}>Redrive all${isFiltered ? ' that fit' : ''}</button>`}`
      }
    <//>
    ${opened !== undefined && html`<${Opened} letter=${opened} query=${query} />`}
    ${list.error !== undefined && html`<${Failed} error=${list.error} />`}
    ${!list.isLoading && list.items.length === 0 && list.error === undefined && html`<${Empty}>There are no dead letters${isFiltered ? ' that fit' : ''}.<//>`}
    ${
      list.items.length > 0 &&
      html`<${List} kind="l-dead" label="Dead letters" items=${list.items} keyOf=${idOf} row=${row} onEnd=${list.more} height=${36}
      rowClass=${(/** @type {DeadLetter} */ { delivery }) => (delivery.id === open ? 'chosen' : '')} head=${['', 'Id', 'For', 'Type', 'Why', 'Payload', 'Tried', 'Age', '']} />`
    }`;
};

/** @param {{ letter: DeadLetter, query: Readonly<Record<string, string>> }} props */
const Opened = ({
  letter: { delivery, message, attempts },
  query,
}) => html`<section class="opened" aria-label=${delivery.id}>
  <header class="title"><h2>${delivery.id}</h2><a class="button" href=${addressOf('dead-letters', undefined, { ...query, open: undefined })}>Close</a></header>
  <${Facts} facts=${{ Message: html`<${Id} id=${message.id} />`, From: html`<${ModuleName} name=${message.from} />`, Died: delivery.settledAt }} />
  <ol class="attempts">
    ${attempts.map(({ attempt, holder, endedAt, outcome, error }) => html`<li><span class="dim">${endedAt}</span> attempt ${attempt}${holder === undefined ? '' : ` by ${holder}`}: ${outcome.replace('_', ' ')} ${error !== undefined && html`<span class="fault"><code>${error.code}</code> ${error.message}</span>`}</li>`)}
  </ol>
  <${Json} value=${message.payload} label="Payload" />
</section>`;
