import { age, overallState, preview, targetOf } from '../format.js';
import { useList, useNow } from '../hooks.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { Cell, List } from './list.js';
import { Empty, Failed, State } from './words.js';

const idOf = (/** @type {any} */ { id }) => id;

/** Messages that are given, or all that fit a query, newest first. @param {{ query?: Readonly<Record<string, string | undefined>>, messages?: readonly import('../shapes.js').Message[] }} props */
export const MessageList = ({ query = {}, messages }) =>
  messages === undefined ? html`<${Found} query=${query} />` : html`<${Rows} items=${messages} />`;

/** @param {{ query: Readonly<Record<string, string | undefined>> }} props */
const Found = ({ query }) => {
  const list = useList('/v1/messages', { ...query, include: 'deliveries', limit: 100 }, ['message', 'delivery'], idOf);
  if (list.error !== undefined) return html`<${Failed} error=${list.error} />`;
  if (!list.isLoading && list.items.length === 0) return html`<${Empty}>No such message.<//>`;
  return html`<${Rows} items=${list.items} onEnd=${list.more} />`;
};

/** @param {{ items: readonly import('../shapes.js').Message[], onEnd?: () => void }} props */
const Rows = ({ items, onEnd }) => {
  const now = useNow();
  const row = (
    /** @type {import('../shapes.js').Message} */ message,
  ) => html`<${Cell} class="c-id"><a class="id" href=${addressOf('messages', message.id)}>${message.id}</a><//>
    <${Cell}>${message.deliveries !== undefined && html`<${State} state=${overallState(message.deliveries)} />`}<//>
    <${Cell} class="c-type">${message.type}<//>
    <${Cell} class="c-from"><span>${message.from}</span> <span class="arrow" aria-label="to">→</span> <span>${targetOf(message)}</span><//>
    <${Cell} class="c-text dim">${preview(message.payload)}<//>
    <${Cell} class="number dim">${message.priority === 5 ? '' : `p${message.priority}`}<//>
    <${Cell} class="number dim"><time datetime=${message.createdAt} title=${message.createdAt}>${age(message.createdAt, now)}</time><//>`;
  return html`<${List} kind="l-messages" label="Messages" items=${items} keyOf=${idOf} row=${row} onEnd=${onEnd}
    head=${['Id', 'State', 'Type', 'From → to', 'Payload', '', 'Age']} />`;
};
