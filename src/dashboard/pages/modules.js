import { age, compact } from '../format.js';
import { useList, useNow, useQuery } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { Cell, List } from '../parts/list.js';
import { Empty, Failed, ModuleName, State } from '../parts/words.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'q', label: 'Name or description', wide: true },
  { name: 'capability', label: 'Capability' },
  { name: 'runtime', label: 'Runtime', options: ['pull', 'webhook', 'claude', 'command'] },
  { name: 'status', label: 'Status', options: ['active', 'stale', 'offline'] },
];

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Modules = ({ query }) => {
  const now = useNow(5000);
  const { q, capability, runtime, status } = query;
  const list = useList('/v1/modules', { q, capability, runtime, status, limit: 200 }, ['module'], ({ name }) => name);
  const queues = useQuery('/v1/queues?limit=1000', ['message', 'delivery']);
  const depth = new Map(
    (queues.data?.items ?? [])
      .filter((/** @type {any} */ { kind }) => kind === 'module')
      .map((/** @type {any} */ queue) => [queue.name, queue]),
  );
  const row = (/** @type {import('../shapes.js').Module} */ module) => {
    const { pending = 0, leased = 0, dead = 0 } = depth.get(module.name) ?? {};
    return html`<${Cell} class="c-name"><${ModuleName} name=${module.name} /><//>
      <${Cell}><${State} state=${module.status} /><//>
      <${Cell} class="dim">${module.runtime.type}<//>
      <${Cell} class="c-text dim">${module.currentTask ?? module.description ?? ''}<//>
      <${Cell} class="c-tags">${(module.capabilities ?? []).slice(0, 3).map((each) => html`<span class="tag">${each}</span>`)}<//>
      <${Cell} class="number ${pending > 0 ? 'some' : ''}">${compact(pending)}<//>
      <${Cell} class="number ${leased > 0 ? 'some' : ''}">${compact(leased)}<//>
      <${Cell} class="number ${dead > 0 ? 'bad' : ''}">${compact(dead)}<//>
      <${Cell} class="number dim">${age(module.lastHeartbeatAt, now)}<//>`;
  };
  return html`<h1>Modules</h1>
    <${Filters} page="modules" query=${query} fields=${fields} />
    ${list.error !== undefined && html`<${Failed} error=${list.error} />`}
    ${!list.isLoading && list.items.length === 0 && list.error === undefined && html`<${Empty}>No such module.<//>`}
    <${List} kind="l-modules" label="Modules" items=${list.items} keyOf=${(/** @type {any} */ { name }) => name} row=${row} onEnd=${list.more}
      head=${['Name', 'Status', 'Runtime', 'What it does', 'Capabilities', 'Ready', 'In work', 'Dead', 'Sign of life']} />`;
};
