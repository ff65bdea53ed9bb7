import { cost } from '../format.js';
import { useNow, useQuery, useRepeat } from '../hooks.js';
import { Facts } from '../parts/facts.js';
import { InstanceActions } from '../parts/instance-actions.js';
import { TurnList } from '../parts/turn-list.js';
import { TurnWords } from '../parts/turn-words.js';
import { Age, ConversationName, Failed, Id, ModuleName, State } from '../parts/words.js';
import { html } from '../vendor/preact.js';

/** @param {{ id: string, canAct: boolean }} props */
export const InstancePage = ({ id, canAct }) => {
  useNow();
  const { data: instance, error, reload } = useQuery(`/v1/instances/${encodeURIComponent(id)}`, ['instance', 'turn']);
  useRepeat(reload, 5000);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (instance === undefined) return null;
  const {
    name,
    module,
    state,
    pid,
    conversationId,
    sessionId,
    turnId,
    memoryMb,
    cpu,
    turns,
    costUsd,
    startedAt,
    lastTurnAt,
    endedAt,
    endReason,
  } = instance;
  const facts = {
    Agent: html`<${ModuleName} name=${module} />`,
    Conversation:
      conversationId === undefined ? 'a spare, of none yet' : html`<${ConversationName} id=${conversationId} />`,
    Process: pid,
    Session: sessionId === undefined ? undefined : html`<span class="id">${sessionId}</span>`,
    Memory: memoryMb === undefined ? undefined : `${Math.round(memoryMb)} MB`,
    CPU: cpu === undefined ? undefined : `${Math.round(cpu)} %`,
    Turns: turns,
    Cost: cost(costUsd),
    Started: html`<${Age} at=${startedAt} /> ago`,
    'Last turn': lastTurnAt === undefined ? undefined : html`<${Age} at=${lastTurnAt} /> ago`,
    Ended: endedAt,
    Because: endReason,
  };
  return html`<header class="title"><h1>${name ?? id}</h1> <${State} state=${state} /> ${name !== undefined && html`<span class="id">${id}</span>`}
      <span class="spacer"></span>${canAct && html`<span class="actions"><${InstanceActions} instance=${instance} onDone=${reload} /></span>`}</header>
    <${Facts} facts=${facts} />
    ${turnId !== undefined && html`<h2>Now: <${Id} id=${turnId} /></h2><${TurnWords} turn=${{ id: turnId, state: 'running' }} />`}
    ${conversationId !== undefined && html`<h2>Turns of its conversation</h2><${TurnList} query=${{ conversation: conversationId }} />`}`;
};
