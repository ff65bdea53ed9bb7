import { clockTime } from '../format.js';
import { useQuery } from '../hooks.js';
import { act, patch } from '../hub-api.js';
import { Facts } from '../parts/facts.js';
import { Json } from '../parts/json.js';
import { Progress } from '../parts/progress.js';
import { Age, Empty, Failed, Id, ModuleName, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

/** @typedef {import('../shapes.js').Task} Task */

const over = ['completed', 'failed', 'cancelled'];

/** @param {{ id: string, canAct: boolean }} props */
export const TaskPage = ({ id, canAct }) => {
  const address = `/v1/tasks/${encodeURIComponent(id)}`;
  const { data: tree, error } = useQuery(`${address}/tree`, ['task']);
  const { data: log } = useQuery(`${address}/log?limit=500`, ['task']);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (tree === undefined) return null;
  /** @type {Task & { children: Task[] }} */
  const task = tree;
  return html`<header class="title"><h1>${task.title}</h1> <${State} state=${task.state} /> <span class="id">${task.id}</span>
      <span class="spacer"></span>${canAct && !over.includes(task.state) && html`<button type="button" onClick=${() => cancel(address)}>Cancel it</button>`}</header>
    <${Facts} facts=${factsOf(task)} />
    ${task.error !== undefined && html`<p class="fault">${task.error.message}</p>`}
    <h2>Progress</h2>
    <ul class="tree"><${Branch} task=${task} /></ul>
    ${task.result !== undefined && html`<h2>Result</h2><${Json} value=${task.result} />`}
    <h2>Log</h2>
    ${log !== undefined && (log.items.length === 0 ? html`<${Empty}>Nothing was written.<//>` : html`<ol class="log">${log.items.map(entryOf)}</ol>`)}`;
};

/** @param {{ task: Task & { children?: Task[] } }} props */
const Branch = ({ task }) => html`<li key=${task.id} data-row tabindex="-1">
  <div class="node"><${State} state=${task.state} /> <a href=${addressOf('tasks', task.id)}>${task.title}</a> <span class="dim">${task.note ?? ''}</span><span class="spacer"></span><${Progress} task=${task} /></div>
  ${(task.children ?? []).length > 0 && html`<ul>${task.children?.map((child) => html`<${Branch} task=${child} />`)}</ul>`}
</li>`;

/** @param {Task} task */
const factsOf = (task) => ({
  Kind: task.kind,
  Assignee: task.assignee === undefined ? undefined : html`<${ModuleName} name=${task.assignee} />`,
  'Part of': task.parentId === undefined ? undefined : html`<${Id} id=${task.parentId} />`,
  Message: task.messageId === undefined ? undefined : html`<${Id} id=${task.messageId} />`,
  'Waits for': task.blockedBy.length === 0 ? undefined : task.blockedBy.map((each) => html`<${Id} id=${each} /> `),
  Attempt: task.attempt > 1 ? task.attempt : undefined,
  Made: html`<${Age} at=${task.createdAt} /> ago`,
  Ended: task.endedAt === undefined ? undefined : html`<${Age} at=${task.endedAt} /> ago`,
  Note: task.note,
});

/** @param {{ seq: number, at: string, level: string, message: string, data?: unknown, author?: string }} entry */
const entryOf = ({
  seq,
  at,
  level,
  message,
  data,
  author,
}) => html`<li key=${seq} class=${level === 'error' ? 'bad' : level === 'warn' ? 'warn' : ''}>
  <span class="dim time">${clockTime(at)}</span> <b>${level}</b> <span>${message}${data === undefined ? '' : html` <code>${JSON.stringify(data)}</code>`}</span> <span class="dim">${author ?? ''}</span>
</li>`;

/** @param {string} address */
const cancel = (address) =>
  act(async () => {
    await patch(address, { state: 'cancelled' });
    return 'Cancelled.';
  });
