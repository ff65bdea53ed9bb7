import { nextParties } from '../chat.js';
import { useList, useQuery, useStore } from '../hooks.js';
import { act, patch, post } from '../hub-api.js';
import { Bubble, SpeakingBubble } from '../parts/bubble.js';
import { Composer } from '../parts/composer.js';
import { Empty, Failed, ModuleName, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html, useLayoutEffect, useRef } from '../vendor/preact.js';

const idOf = (/** @type {any} */ { id }) => id;

/** A conversation as a chat: the words of agents come while they are said. @param {{ id: string, canAct: boolean }} props */
export const ConversationPage = ({ id, canAct }) => {
  const address = `/v1/conversations/${encodeURIComponent(id)}`;
  const { data: conversation, error } = useQuery(address, ['conversation', 'message.sent']);
  const list = useList(`${address}/messages`, { order: 'desc', limit: 50 }, ['message'], idOf);
  const turns = useStore((state) => state.turns);
  const messages = [...list.items].reverse();
  const speaking = [...turns.values()].filter((turn) => turn.conversationId === id && isUnanswered(turn, messages));
  useStickToEnd(`${messages.at(-1)?.id} ${speaking.map(({ nextOffset }) => nextOffset)}`);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (conversation === undefined) return null;
  const { from, to } = nextParties(conversation, messages);
  return html`<header class="title">
      <h1>${conversation.title ?? conversation.id}</h1> <${State} state=${conversation.state} />
      <span>${conversation.participants.map((/** @type {string} */ name) => html`<${ModuleName} name=${name} /> `)}</span>
      ${conversation.forkedFrom !== undefined && html`<span class="dim">forked from <a href=${addressOf('conversations', conversation.forkedFrom.conversationId)}>${conversation.forkedFrom.conversationId}</a></span>`}
      <span class="spacer"></span>
      ${canAct && html`<span class="actions"><button type="button" onClick=${() => fork(address)}>Fork</button><button type="button" onClick=${() => archive(address, conversation.state)}>${conversation.state === 'archived' ? 'Reopen' : 'Archive'}</button></span>`}
      <a class="button" href="${address.slice(1)}/export?format=markdown" download>Export</a>
    </header>
    <div class="chat" role="log" aria-label="Messages">
      ${!list.isLoading && !list.isEnd && html`<button type="button" class="earlier" onClick=${list.more}>Earlier messages</button>`}
      ${!list.isLoading && messages.length === 0 && html`<${Empty}>Nothing has been said yet.<//>`}
      ${messages.map((message) => html`<${Bubble} key=${message.id} message=${message} isOwn=${message.from === from} />`)}
      ${speaking.map((turn) => html`<${SpeakingBubble} key=${turn.id} turn=${turn} />`)}
    </div>
    ${canAct && html`<${Composer} key=${`${from} ${to}`} conversationId=${id} participants=${conversation.participants} from=${from} to=${to} />`}`;
};

/** Its words stand until the reply is there. @param {{ messageId: string, endedAt: number | undefined }} turn @param {readonly import('../shapes.js').Message[]} messages */
const isUnanswered = ({ messageId, endedAt }, messages) =>
  !messages.some(({ replyTo }) => replyTo === messageId) && (endedAt === undefined || Date.now() - endedAt < 3000);

/** Who reads the end goes on reading the end. @param {string} content */
const useStickToEnd = (content) => {
  const wasAtEnd = useRef(true);
  useLayoutEffect(() => {
    const look = () => {
      wasAtEnd.current = innerHeight + scrollY > document.body.scrollHeight - 80;
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  useLayoutEffect(() => {
    if (wasAtEnd.current) scrollTo(0, document.body.scrollHeight);
  }, [content]);
};

/** @param {string} address */
const fork = (address) =>
  act(async () => {
    const { id } = await post(`${address}/fork`);
    location.hash = addressOf('conversations', id);
    return 'This is the fork.';
  });

/** @param {string} address @param {string} state */
const archive = (address, state) =>
  act(async () => {
    await patch(address, { state: state === 'archived' ? 'active' : 'archived' });
    return state === 'archived' ? 'Reopened.' : 'Archived.';
  });
