import { Filters } from '../parts/filters.js';
import { MessageList } from '../parts/message-list.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'q', label: 'Words in the payload', wide: true },
  { name: 'type', label: 'Type' },
  { name: 'from', label: 'From' },
  { name: 'to', label: 'To' },
  { name: 'channel', label: 'Channel' },
  { name: 'correlationId', label: 'Correlation' },
  { name: 'state', label: 'State', options: ['pending', 'leased', 'done', 'dead', 'expired', 'cancelled'] },
];

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Messages = ({ query }) => {
  const asked = Object.fromEntries(
    [...fields.map(({ name }) => name), 'conversationId'].map((name) => [name, query[name]]),
  );
  return html`<h1>Messages</h1>
    <${Filters} page="messages" query=${query} fields=${fields} />
    <${MessageList} query=${asked} />`;
};
