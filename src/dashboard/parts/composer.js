import { act, post } from '../hub-api.js';
import { html, useRef, useState } from '../vendor/preact.js';

/** Says something in a conversation, in the name of one who takes part. @param {{ conversationId: string, participants: readonly string[], from: string, to: string }} props */
export const Composer = ({ conversationId, participants, from, to }) => {
  const words = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [parties, setParties] = useState({ from, to });
  const [isBusy, setIsBusy] = useState(false);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = words.current?.value.trim() ?? '';
    if (text === '' || isBusy) return;
    setIsBusy(true);
    const isSent = await act(async () => {
      await post('/v1/messages', { ...parties, conversationId, type: 'query', payload: { message: text } });
      return undefined;
    });
    setIsBusy(false);
    if (isSent && words.current !== null) words.current.value = '';
    words.current?.focus();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) void send(event);
  };
  const choose = (/** @type {'from' | 'to'} */ side) => html`<label><span class="dim">${side}</span>
    <select value=${parties[side]} onChange=${(/** @type {any} */ event) => setParties((last) => ({ ...last, [side]: event.target.value }))}>${participants.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>`;
  return html`<form class="composer" onSubmit=${send}>
    <textarea ref=${words} rows="2" aria-label="Message" placeholder="Message (Enter sends, Shift+Enter is a new line)" onKeyDown=${onKey}></textarea>
    <div>${choose('from')} ${choose('to')} <span class="spacer"></span><button type="submit" class="primary" disabled=${isBusy}>Send</button></div>
  </form>`;
};
