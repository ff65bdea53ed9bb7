import { matches, typesOf } from '../event-match.js';
import { useEventsOf } from '../events-of.js';
import { clockTime } from '../format.js';
import { useStore } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { Json } from '../parts/json.js';
import { Cell, List } from '../parts/list.js';
import { Empty, Id, ModuleName } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html, useMemo, useState } from '../vendor/preact.js';

const fields = [
  { name: 'types', label: 'Types: message, turn.failed …', wide: true },
  { name: 'module', label: 'Module' },
  { name: 'message', label: 'Message' },
  { name: 'conversation', label: 'Conversation' },
];
const seqOf = (/** @type {any} */ { seq }) => String(seq);

/** The live tail: the newest event on top. @param {{ query: Readonly<Record<string, string>> }} props */
export const Events = ({ query }) => {
  const [held, setHeld] = useState(/** @type {readonly any[] | undefined} */ (undefined));
  const { types = '', module, message, conversation, open } = query;
  const filter = { types: typesOf(types), module, message, conversation };
  const live = useStore((state) => state.events);
  const key = JSON.stringify(filter);
  const isSearch = Boolean(module || message || conversation);
  const found = useEventsOf(isSearch ? filter : {}, isSearch ? 'now' : undefined);
  const events = useMemo(
    () => [...(isSearch ? found : live)].filter(matches(filter)).reverse(),
    [isSearch ? found : live, key],
  );
  const shown = held ?? events;
  const toggle = () => setHeld((last) => (last === undefined ? events : undefined));
  const isMoving = held === undefined;
  const opened = open === undefined ? undefined : shown.find(({ seq }) => String(seq) === open);
  const row = (
    /** @type {import('../shapes.js').HubEvent} */ event,
  ) => html`<${Cell} class="number dim"><a href=${addressOf('events', undefined, { ...query, open: String(event.seq) })}>${event.seq}</a><//>
    <${Cell} class="dim time">${clockTime(event.at)}<//>
    <${Cell} class="c-type ${toneOfType(event.type)}">${event.type}<//>
    <${Cell}><${ModuleName} name=${event.subject.module} /><//>
    <${Cell} class="c-id"><${Id} id=${event.subject.turnId ?? event.subject.messageId ?? event.subject.instanceId} /><//>
    <${Cell} class="c-text dim">${dataOf(event)}<//>`;
  return html`<header class="title"><h1>Events</h1>
      <button type="button" data-key=" " aria-pressed=${!isMoving} onClick=${toggle}>${isMoving ? 'Hold' : `Follow (${events.length - shown.length} new)`}</button></header>
    <${Filters} page="events" query=${query} fields=${fields} />
    ${
      opened !== undefined &&
      html`<section class="opened" aria-label="Event ${opened.seq}">
      <header class="title"><h2>${opened.type} <span class="dim">${opened.seq}, ${opened.at}</span></h2><a class="button" href=${addressOf('events', undefined, { ...query, open: undefined })}>Close</a></header>
      <${Json} value=${{ subject: opened.subject, data: opened.data }} /></section>`
    }
    ${shown.length === 0 && html`<${Empty}>Nothing has happened yet that fits.<//>`}
    <${List} kind="l-events" label="Events" items=${shown} keyOf=${seqOf} row=${row} height=${26} narrowHeight=${50} head=${['Number', 'Time', 'Type', 'Module', 'About', 'Data']} />`;
};

/** @param {string} type */
const toneOfType = (type) =>
  /\.(died|failed|crashed|timed_out|denied)$/.test(type)
    ? 'bad'
    : /\.(retried|retrying|interrupted|expired|cancelled|requested)$/.test(type)
      ? 'warn'
      : '';

/** @param {import('../shapes.js').HubEvent} event */
const dataOf = ({ type, data }) => {
  if (type === 'turn.output') return `${data.kind}: ${String(data.text).slice(0, 200)}`;
  return Object.entries(data)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'object' && value !== null ? (value.message ?? JSON.stringify(value)) : value}`,
    )
    .join(', ')
    .slice(0, 240);
};
