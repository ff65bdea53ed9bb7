import { age, cost } from '../format.js';
import { useList, useNow, useRepeat } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { InstanceActions } from '../parts/instance-actions.js';
import { Cell, List } from '../parts/list.js';
import { ConversationName, Empty, Failed, Id, ModuleName, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

const fields = [
  { name: 'module', label: 'Agent' },
  { name: 'conversation', label: 'Conversation' },
  { name: 'state', label: 'State', options: ['starting', 'idle', 'busy', 'paused', 'stopping', 'stopped', 'crashed'] },
];
const idOf = (/** @type {any} */ { id }) => id;
const READ_EVERY_MS = 5000;

/** The agent processes. Memory and processor are read again every few seconds. @param {{ query: Readonly<Record<string, string>>, canAct: boolean }} props */
export const Instances = ({ query: { module, conversation, state }, query, canAct }) => {
  const now = useNow();
  const list = useList('/v1/instances', { module, conversation, state, limit: 100 }, ['instance', 'turn'], idOf);
  useRepeat(list.reload, READ_EVERY_MS);
  const row = (
    /** @type {import('../shapes.js').Instance} */ instance,
  ) => html`<${Cell} class="c-id"><a class="id" href=${addressOf('instances', instance.id)}>${instance.id}</a><//>
    <${Cell}><${State} state=${instance.state} /><//>
    <${Cell} class="c-name"><${ModuleName} name=${instance.module} />${instance.name !== undefined && html` <span class="dim">${instance.name}</span>`}<//>
    <${Cell} class="c-id"><${ConversationName} id=${instance.conversationId} /><//>
    <${Cell} class="c-id"><${Id} id=${instance.turnId} /><//>
    <${Cell} class="number">${instance.memoryMb === undefined ? '' : `${Math.round(instance.memoryMb)} MB`}<//>
    <${Cell} class="number dim">${instance.cpu === undefined ? '' : `${Math.round(instance.cpu)} %`}<//>
    <${Cell} class="number dim">${instance.turns}<//>
    <${Cell} class="number dim">${cost(instance.costUsd)}<//>
    <${Cell} class="number dim">${age(instance.startedAt, now)}<//>
    <${Cell} class="c-actions">${canAct && html`<${InstanceActions} instance=${instance} onDone=${list.reload} />`}<//>`;
  return html`<h1>Instances</h1>
    <${Filters} page="instances" query=${query} fields=${fields} />
    ${list.error !== undefined && html`<${Failed} error=${list.error} />`}
    ${!list.isLoading && list.items.length === 0 && list.error === undefined && html`<${Empty}>No agent process runs: one starts with the first message to an agent.<//>`}
    ${
      list.items.length > 0 &&
      html`<${List} kind="l-instances" label="Instances" items=${list.items} keyOf=${idOf} row=${row} onEnd=${list.more} height=${38}
      head=${['Id', 'State', 'Agent', 'Conversation', 'Turn', 'Memory', 'CPU', 'Turns', 'Cost', 'Age', '']} />`
    }`;
};
