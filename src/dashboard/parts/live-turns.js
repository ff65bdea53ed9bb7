import { duration } from '../format.js';
import { useNow } from '../hooks.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { LastWords } from './turn-output.js';
import { Id, ModuleName, State } from './words.js';

/** @param {{ turns: readonly import('../live-state.js').LiveTurn[] }} props */
export const LiveTurns = ({ turns }) => html`<ul class="turns">
  ${turns.map((turn) => html`<${LiveTurn} key=${turn.id} turn=${turn} />`)}
</ul>`;

/** @param {{ turn: import('../live-state.js').LiveTurn }} props */
const LiveTurn = ({ turn }) => {
  const now = useNow();
  const { id, module, messageId, from, state, startedAt, endedAt, pieces } = turn;
  return html`<li class="turn ${endedAt === undefined ? '' : 'over'}" data-row tabindex="-1">
    <p class="turn-head">
      <${ModuleName} name=${module} />
      ${from !== undefined && html`<span class="dim">for ${from}</span>`}
      <${State} state=${state} />
      <span class="spacer"></span>
      <${Id} id=${messageId} />
      <a href=${addressOf('turns', id)} aria-label="Open ${id}">${duration((endedAt ?? now) - startedAt)}</a>
    </p>
    <${LastWords} pieces=${pieces} />
  </li>`;
};
