import { Filters } from '../parts/filters.js';
import { TurnList } from '../parts/turn-list.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'module', label: 'Agent' },
  { name: 'message', label: 'Message' },
  { name: 'conversation', label: 'Conversation' },
  {
    name: 'state',
    label: 'State',
    options: ['queued', 'running', 'waiting_approval', 'succeeded', 'failed', 'interrupted', 'timed_out'],
  },
];

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Turns = ({ query: { module, message, conversation, state }, query }) => html`<h1>Turns</h1>
  <${Filters} page="turns" query=${query} fields=${fields} />
  <${TurnList} query=${{ module, message, conversation, state }} />`;
