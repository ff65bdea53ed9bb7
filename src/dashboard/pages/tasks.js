import { age } from '../format.js';
import { useList, useNow } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { Cell, List } from '../parts/list.js';
import { Progress } from '../parts/progress.js';
import { Empty, Failed, ModuleName, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'q', label: 'Title or note', wide: true },
  { name: 'kind', label: 'Kind' },
  { name: 'assignee', label: 'Assignee' },
  { name: 'message', label: 'Message' },
  {
    name: 'state',
    label: 'State',
    options: ['pending', 'blocked', 'running', 'paused', 'completed', 'failed', 'cancelled'],
  },
];
const idOf = (/** @type {any} */ { id }) => id;

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Tasks = ({ query: { q, kind, assignee, message, state }, query }) => {
  const now = useNow();
  const list = useList('/v1/tasks', { q, kind, assignee, message, state, limit: 100 }, ['task'], idOf);
  const row = (
    /** @type {import('../shapes.js').Task} */ task,
  ) => html`<${Cell} class="c-id"><a class="id" href=${addressOf('tasks', task.id)}>${task.id}</a><//>
    <${Cell}><${State} state=${task.state} /><//>
    <${Cell} class="c-name">${task.title}<//>
    <${Cell}><${Progress} task=${task} /><//>
    <${Cell} class="c-text ${task.error === undefined ? 'dim' : 'bad'}">${task.error?.message ?? task.note ?? ''}<//>
    <${Cell}><${ModuleName} name=${task.assignee} /><//>
    <${Cell} class="dim">${task.kind}<//>
    <${Cell} class="number dim">${age(task.createdAt, now)}<//>`;
  return html`<h1>Tasks</h1>
    <${Filters} page="tasks" query=${query} fields=${fields} />
    ${list.error !== undefined && html`<${Failed} error=${list.error} />`}
    ${!list.isLoading && list.items.length === 0 && list.error === undefined && html`<${Empty}>No such task.<//>`}
    ${
      list.items.length > 0 &&
      html`<${List} kind="l-tasks" label="Tasks" items=${list.items} keyOf=${idOf} row=${row} onEnd=${list.more}
      head=${['Id', 'State', 'Title', 'Progress', 'Note', 'Assignee', 'Kind', 'Age']} />`
    }`;
};
