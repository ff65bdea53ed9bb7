import { age } from '../format.js';
import { useNow } from '../hooks.js';
import { addressOf, addressOfId } from '../router.js';
import { html } from '../vendor/preact.js';

/** @type {Readonly<Record<string, string>>} */
const tones = {
  done: 'good',
  succeeded: 'good',
  active: 'good',
  completed: 'good',
  idle: 'good',
  allowed: 'good',
  pending: 'calm',
  queued: 'calm',
  starting: 'calm',
  archived: 'calm',
  stopped: 'calm',
  blocked: 'calm',
  undelivered: 'calm',
  leased: 'live',
  running: 'live',
  busy: 'live',
  waiting_approval: 'warn',
  stale: 'warn',
  expired: 'warn',
  cancelled: 'warn',
  interrupted: 'warn',
  paused: 'warn',
  stopping: 'warn',
  dead: 'bad',
  failed: 'bad',
  timed_out: 'bad',
  offline: 'bad',
  crashed: 'bad',
  denied: 'bad',
};

/** @param {string} state */
export const toneOf = (state) => tones[state] ?? 'calm';

/** @param {{ state: string }} props */
export const State = ({ state }) => html`<span class="state ${toneOf(state)}">${state.replaceAll('_', ' ')}</span>`;

/** @param {{ at: string | number | undefined }} props */
export const Age = ({ at }) => {
  const now = useNow();
  if (at === undefined) return null;
  const instant = new Date(at);
  return html`<time datetime=${instant.toISOString()} title=${instant.toLocaleString()}>${age(at, now)}</time>`;
};

/** An id that leads to its page. @param {{ id: string | undefined }} props */
export const Id = ({ id }) => {
  if (id === undefined) return null;
  const href = addressOfId(id);
  return href === undefined ? html`<span class="id">${id}</span>` : html`<a class="id" href=${href}>${id}</a>`;
};

/** @param {{ name: string | undefined }} props */
export const ModuleName = ({ name }) =>
  name === undefined || name === '' ? null : html`<a class="name" href=${addressOf('modules', name)}>${name}</a>`;

/** @param {{ id: string | undefined }} props */
export const ConversationName = ({ id }) =>
  id === undefined ? null : html`<a class="id" href=${addressOf('conversations', id)}>${id}</a>`;

/** @param {{ children?: unknown }} props */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** @param {{ error: any }} props */
export const Failed = ({ error }) =>
  html`<p class="empty bad" role="alert">${error?.message ?? 'It could not be read.'}</p>`;
