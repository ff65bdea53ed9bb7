import { age, cost, duration } from '../format.js';
import { useList, useNow } from '../hooks.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { Cell, List } from './list.js';
import { Empty, Failed, Id, ModuleName, State } from './words.js';

const idOf = (/** @type {any} */ { id }) => id;

/** @param {{ query: Readonly<Record<string, string | undefined>> }} props */
export const TurnList = ({ query }) => {
  const now = useNow();
  const list = useList('/v1/turns', { ...query, limit: 100 }, ['turn'], idOf);
  const row = (
    /** @type {import('../shapes.js').Turn} */ turn,
  ) => html`<${Cell} class="c-id"><a class="id" href=${addressOf('turns', turn.id)}>${turn.id}</a><//>
    <${Cell}><${State} state=${turn.state} /><//>
    <${Cell} class="c-name"><${ModuleName} name=${turn.module} /><//>
    <${Cell} class="c-id"><${Id} id=${turn.messageId} /><//>
    <${Cell} class="number">${turn.startedAt === undefined ? '' : duration(turn.totalMs ?? now - Date.parse(turn.startedAt))}<//>
    <${Cell} class="number dim">${turn.firstTokenMs === undefined ? '' : duration(turn.firstTokenMs)}<//>
    <${Cell} class="number dim">${turn.queueMs === undefined ? '' : duration(turn.queueMs)}<//>
    <${Cell} class="number dim">${turn.inputTokens + turn.outputTokens === 0 ? '' : `${turn.inputTokens} / ${turn.outputTokens}`}<//>
    <${Cell} class="number dim">${turn.costUsd === undefined ? '?' : turn.costUsd === 0 ? '' : cost(turn.costUsd)}<//>
    <${Cell} class="c-text ${turn.error === undefined ? 'dim' : 'bad'}">${turn.error?.message ?? turn.stopReason ?? ''}<//>
    <${Cell} class="number dim">${age(turn.startedAt, now)}<//>`;
  if (list.error !== undefined) return html`<${Failed} error=${list.error} />`;
  if (!list.isLoading && list.items.length === 0) return html`<${Empty}>No such turn.<//>`;
  return html`<${List} kind="l-turns" label="Turns" items=${list.items} keyOf=${idOf} row=${row} onEnd=${list.more}
    head=${['Id', 'State', 'Agent', 'Message', 'Took', 'First word', 'Waited', 'Tokens', 'Cost', 'End', 'Age']} />`;
};
