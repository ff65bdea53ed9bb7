import { useEventsOf } from '../events-of.js';
import { targetOf } from '../format.js';
import { useQuery } from '../hooks.js';
import { act, post } from '../hub-api.js';
import { Deliveries } from '../parts/deliveries.js';
import { Facts } from '../parts/facts.js';
import { Json } from '../parts/json.js';
import { Timeline } from '../parts/timeline.js';
import { TurnWords } from '../parts/turn-words.js';
import { Age, ConversationName, Failed, Id, ModuleName } from '../parts/words.js';
import { addressOf } from '../router.js';
import { stepsOf } from '../trace.js';
import { html } from '../vendor/preact.js';

/** The trace of one message: every delivery, attempt, turn and reply. @param {{ id: string, canAct: boolean }} props */
export const MessagePage = ({ id, canAct }) => {
  const { data: message, error } = useQuery(`/v1/messages/${encodeURIComponent(id)}`, [
    'message',
    'delivery',
    'turn',
    'approval',
  ]);
  const events = useEventsOf({ message: id }, message?.createdAt);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (message === undefined) return null;
  const isOpen = message.deliveries.some((/** @type {any} */ { state }) => state === 'pending' || state === 'leased');
  return html`<header class="title">
      <h1>${message.type}</h1> <span class="id">${message.id}</span>
      <span class="spacer"></span>
      ${canAct && isOpen && html`<button type="button" onClick=${() => cancel(id)}>Cancel it</button>`}
    </header>
    <${Facts} facts=${factsOf(message)} />
    <div class="columns trace">
      <section aria-labelledby="trace-title"><h2 id="trace-title">Trace</h2><${Timeline} steps=${stepsOf(events)} /></section>
      <div>
        <h2>Payload</h2><${Json} value=${message.payload} label="Payload" />
        <h2>Deliveries</h2><${Deliveries} deliveries=${message.deliveries} canAct=${canAct} />
        ${message.turn !== undefined && html`<h2>Turn <${Id} id=${message.turn.id} /></h2><${TurnWords} turn=${message.turn} />`}
        ${message.reply !== undefined && html`<h2>Reply <${Id} id=${message.reply.id} /></h2><${Json} value=${message.reply.payload} label="Reply" />`}
      </div>
    </div>`;
};

/** @param {import('../shapes.js').Message} message */
const factsOf = (message) => ({
  From: html`<${ModuleName} name=${message.from} />`,
  To: message.to === undefined ? targetOf(message) : html`<${ModuleName} name=${message.to} />`,
  Sent: html`<${Age} at=${message.createdAt} /> ago`,
  Priority: message.priority,
  'Reply to': message.replyTo === undefined ? undefined : html`<${Id} id=${message.replyTo} />`,
  Correlation:
    message.correlationId === undefined
      ? undefined
      : html`<a class="id" href=${addressOf('messages', undefined, { correlationId: message.correlationId })}>${message.correlationId}</a>`,
  Conversation:
    message.conversationId === undefined ? undefined : html`<${ConversationName} id=${message.conversationId} />`,
  'Ordering key': message.orderingKey,
  Capability: message.capability,
  Expires: message.expiresAt,
});

/** @param {string} id */
const cancel = (id) =>
  act(async () => {
    const { cancelled } = await post(`/v1/messages/${id}/cancel`);
    return cancelled === 0 ? 'Nothing was open any more.' : 'Cancelled.';
  });
