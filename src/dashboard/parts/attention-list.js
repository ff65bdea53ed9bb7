import { counted } from '../attention.js';
import { act, post } from '../hub-api.js';
import { html } from '../vendor/preact.js';
import { Answers } from './approval.js';
import { Age } from './words.js';

/** @param {{ concerns: readonly import('../attention.js').Concern[], canAct: boolean }} props */
export const Attention = ({ concerns, canAct }) => {
  if (concerns.length === 0)
    return html`<p class="quiet"><span class="tick" aria-hidden="true"></span>Nothing needs you.</p>`;
  return html`<ul class="concerns">
    ${concerns.map(
      (concern) => html`<li key=${concern.key} data-row tabindex="-1" class=${`${concern.tone} ${concern.kind}`}>
      <a href=${concern.href}><b>${concern.title}</b> <span class="dim">${concern.detail}</span></a>
      <span class="when"><${Age} at=${concern.at} /></span>
      <span class="actions">
        ${canAct && concern.approval !== undefined && html`<${Answers} approval=${concern.approval} />`}
        ${
          canAct &&
          concern.redrive !== undefined &&
          html`<button type="button" data-key="r" onClick=${() => redrive(concern.redrive)}>Redrive</button>`
        }
      </span>
    </li>`,
    )}
  </ul>`;
};

/** @param {any} filter */
const redrive = (filter) =>
  act(async () => {
    const { redriven } = await post('/v1/dead-letters/redrive', filter);
    return `${counted(redriven, 'dead letter')} redriven.`;
  });
