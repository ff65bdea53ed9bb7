import { cost, duration } from '../format.js';
import { useNow, useQuery } from '../hooks.js';
import { pathWith } from '../hub-api.js';
import { Approvals } from '../parts/approval.js';
import { Facts } from '../parts/facts.js';
import { Bar } from '../parts/time-bar.js';
import { TurnWords } from '../parts/turn-words.js';
import { ConversationName, Failed, Id, ModuleName, State } from '../parts/words.js';
import { html } from '../vendor/preact.js';

/** @param {{ id: string, canAct: boolean }} props */
export const TurnPage = ({ id, canAct }) => {
  const now = useNow();
  const { data: turn, error } = useQuery(`/v1/turns/${encodeURIComponent(id)}`, ['turn', 'approval']);
  const approvals = useQuery(turn && pathWith('/v1/approvals', { turn: id, limit: 50 }), ['approval']);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (turn === undefined) return null;
  const took = turn.totalMs ?? (turn.startedAt === undefined ? 0 : now - Date.parse(turn.startedAt));
  const facts = {
    Agent: html`<${ModuleName} name=${turn.module} />`,
    Message: html`<${Id} id=${turn.messageId} />`,
    Instance: turn.instanceId === undefined ? undefined : html`<${Id} id=${turn.instanceId} />`,
    Conversation: html`<${ConversationName} id=${turn.conversationId} />`,
    Attempt: turn.attempt,
    Tokens: turn.inputTokens + turn.outputTokens === 0 ? undefined : `${turn.inputTokens} in, ${turn.outputTokens} out`,
    Cost: turn.costUsd === undefined ? 'not known' : turn.costUsd === 0 ? undefined : cost(turn.costUsd),
    'Ended with': turn.stopReason,
  };
  const parts = [
    { label: 'waited', tone: 'calm', ms: turn.queueMs ?? 0 },
    { label: 'first word', tone: 'warn', ms: turn.firstTokenMs ?? took },
    {
      label: 'speaking',
      tone: 'good',
      ms: turn.firstTokenMs === undefined ? 0 : Math.max(0, took - turn.firstTokenMs),
    },
  ];
  return html`<header class="title"><h1>${turn.id}</h1> <${State} state=${turn.state} /> <span class="dim">${duration(took)}</span></header>
    <${Facts} facts=${facts} />
    <${Bar} parts=${parts} label="Where the time went" />
    ${turn.error !== undefined && html`<p class="fault"><code>${turn.error.code}</code> ${turn.error.message}</p>`}
    <${Approvals} query=${approvals} canAct=${canAct} />
    <h2>Output</h2>
    <${TurnWords} turn=${turn} />`;
};
