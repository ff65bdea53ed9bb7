import { isFailure, wordsOf } from '../chat.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { Json } from './json.js';
import { TurnOutput } from './turn-output.js';
import { Age, ModuleName, State } from './words.js';

/** @param {{ message: import('../shapes.js').Message, isOwn: boolean }} props */
export const Bubble = ({ message, isOwn }) => {
  const words = wordsOf(message);
  return html`<article class="bubble ${isOwn ? 'own' : ''} ${isFailure(message) ? 'failure' : ''}" data-row tabindex="-1">
    <p class="by"><${ModuleName} name=${message.from} /> <span class="dim">${message.type}</span> <a class="id" href=${addressOf('messages', message.id)}>${message.id}</a> <span class="dim"><${Age} at=${message.createdAt} /></span></p>
    ${words === undefined ? html`<${Json} value=${message.payload} />` : html`<div class="words">${words}</div>`}
  </article>`;
};

/** An agent while it speaks. @param {{ turn: import('../live-state.js').LiveTurn }} props */
export const SpeakingBubble = ({
  turn: { id, module, state, pieces, endedAt },
}) => html`<article class="bubble speaking">
  <p class="by"><${ModuleName} name=${module} /> <a class="id" href=${addressOf('turns', id)}>${id}</a> <${State} state=${state} /></p>
  <${TurnOutput} pieces=${pieces} isLive=${endedAt === undefined} />
</article>`;
