import { age, duration } from '../format.js';
import { useNow } from '../hooks.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { toneOf } from './words.js';

/** The agent processes, each a small card. @param {{ instances: readonly import('../shapes.js').Instance[] }} props */
export const Pool = ({ instances }) => {
  const now = useNow();
  return html`<ul class="pool" aria-label="Agent processes">
    ${instances.map(
      ({
        id,
        name,
        module,
        state,
        memoryMb,
        turns,
        lastTurnAt,
        startedAt,
        turnId,
      }) => html`<li key=${id} class=${toneOf(state)}>
        <a href=${addressOf('instances', id)}><b>${name ?? module}</b> <span>${state.replaceAll('_', ' ')}</span>
          <small class="dim">${[memoryMb === undefined ? '' : `${Math.round(memoryMb)} MB`, `${turns} turn${turns === 1 ? '' : 's'}`, turnId === undefined ? `idle ${age(lastTurnAt ?? startedAt, now)}` : duration(now - Date.parse(startedAt))].filter((each) => each !== '').join(' · ')}</small></a>
      </li>`,
    )}
  </ul>`;
};
