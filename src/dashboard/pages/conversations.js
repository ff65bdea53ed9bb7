import { age } from '../format.js';
import { useList, useNow } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { Cell, List } from '../parts/list.js';
import { Empty, Failed, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'q', label: 'Words that were said', wide: true },
  { name: 'module', label: 'Who takes part' },
  { name: 'state', label: 'State', options: ['active', 'archived'] },
];
const idOf = (/** @type {any} */ { id }) => id;

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Conversations = ({ query: { q, module, state }, query }) => {
  const now = useNow();
  const list = useList('/v1/conversations', { q, module, state, limit: 100 }, ['conversation', 'message.sent'], idOf);
  const row = (
    /** @type {import('../shapes.js').Conversation} */ conversation,
  ) => html`<${Cell} class="c-name"><a href=${addressOf('conversations', conversation.id)}>${conversation.title ?? conversation.id}</a><//>
    <${Cell}><${State} state=${conversation.state} /><//>
    <${Cell} class="c-from">${conversation.participants.join(', ')}<//>
    <${Cell} class="c-text dim">${conversation.match?.text ?? (conversation.title === undefined ? '' : conversation.id)}<//>
    <${Cell} class="number">${conversation.messageCount}<//>
    <${Cell} class="number dim">${age(conversation.lastMessageAt ?? conversation.createdAt, now)}<//>`;
  return html`<h1>Conversations</h1>
    <${Filters} page="conversations" query=${query} fields=${fields} />
    ${list.error !== undefined && html`<${Failed} error=${list.error} />`}
    ${!list.isLoading && list.items.length === 0 && list.error === undefined && html`<${Empty}>No such conversation.<//>`}
    ${
      list.items.length > 0 &&
      html`<${List} kind="l-conversations" label="Conversations" items=${list.items} keyOf=${idOf} row=${row} onEnd=${list.more}
      head=${['Title', 'State', 'Who takes part', q ? 'Where' : '', 'Messages', 'Last']} />`
    }`;
};
