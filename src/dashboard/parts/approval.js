import { act, post } from '../hub-api.js';
import { html } from '../vendor/preact.js';
import { Json } from './json.js';
import { Age, Failed, State } from './words.js';

/** @typedef {import('../shapes.js').Approval} Approval */

/** @param {string} id @param {object} decision @param {string} done */
const decide = (id, decision, done) =>
  act(async () => {
    await post(`/v1/approvals/${id}`, decision);
    return done;
  });

/** What can be answered: once, or for all that is alike in this conversation. @param {{ approval: Approval }} props */
export const Answers = ({ approval: { id, toolName, remembers } }) => {
  const alike = [remembers?.toolName ?? toolName, remembers?.target].filter((each) => each !== undefined).join(' ');
  return html`<button type="button" class="allow" data-key="a" onClick=${() => decide(id, { decision: 'allow' }, 'Allowed.')}>Allow</button>
    <button type="button" title="Not asked again in this conversation: ${alike}" onClick=${() => decide(id, { decision: 'allow', remember: 'conversation' }, `Allowed, and not asked again here: ${alike}`)}>Always here</button>
    <button type="button" class="deny" data-key="d" onClick=${() => decide(id, { decision: 'deny' }, 'Denied.')}>Deny</button>`;
};

/** Everything about one question. @param {{ approval: Approval, canAct: boolean }} props */
export const ApprovalCard = ({ approval, canAct }) => {
  const { id, state, toolName, description, input, requestedAt, expiresAt, decidedBy, message } = approval;
  return html`<li class="approval" data-row tabindex="-1">
    <p class="title"><b>${toolName}</b> <${State} state=${state} /> <span class="dim">${description}</span>
      <span class="spacer"></span><span class="dim">${id}, asked <${Age} at=${requestedAt} /> ago${decidedBy === undefined ? '' : `, decided by ${decidedBy}`}</span></p>
    <${Json} value=${input} label="What it wants to run" />
    ${message !== undefined && html`<p>${message}</p>`}
    ${canAct && state === 'pending' && html`<p class="actions"><${Answers} approval=${approval} />${expiresAt !== undefined && html`<span class="dim">denied by itself at ${new Date(expiresAt).toLocaleTimeString()}</span>`}</p>`}
  </li>`;
};

/** @param {{ query: { data: any, error: any }, canAct: boolean }} props */
export const Approvals = ({ query: { data, error }, canAct }) => {
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (data === undefined || data.items.length === 0) return null;
  return html`<ul class="approvals">${data.items.map((/** @type {Approval} */ approval) => html`<${ApprovalCard} key=${approval.id} approval=${approval} canAct=${canAct} />`)}</ul>`;
};
