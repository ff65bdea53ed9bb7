import { act, post } from '../hub-api.js';
import { html } from '../vendor/preact.js';
import { Age, Empty, ModuleName, State } from './words.js';

/** @param {{ deliveries: readonly import('../shapes.js').Delivery[], canAct: boolean }} props */
export const Deliveries = ({ deliveries, canAct }) => {
  if (deliveries.length === 0) return html`<${Empty}>Nobody has received it yet.<//>`;
  return html`<ul class="deliveries">
    ${deliveries.map(
      (delivery) => html`<li key=${delivery.id}>
      <span class="id">${delivery.id}</span> <${State} state=${delivery.state} />
      ${delivery.module === undefined ? html`<span>#${delivery.channel}</span>` : html`<${ModuleName} name=${delivery.module} />`}
      <span class="dim">attempt ${delivery.attempt} of ${delivery.maxAttempts}</span>
      ${delivery.settledAt !== undefined && html`<span class="dim"><${Age} at=${delivery.settledAt} /> ago</span>`}
      ${canAct && delivery.state === 'dead' && html`<button type="button" data-key="r" onClick=${() => redrive(delivery.id)}>Redrive</button>`}
      ${delivery.error !== undefined && html`<p class="fault"><code>${delivery.error.code}</code> ${delivery.error.message}</p>`}
    </li>`,
    )}
  </ul>`;
};

/** @param {string} id */
const redrive = (id) =>
  act(async () => {
    await post('/v1/dead-letters/redrive', { ids: [id] });
    return 'Redriven.';
  });
