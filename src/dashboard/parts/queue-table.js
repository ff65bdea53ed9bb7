import { age, compact, perSecond } from '../format.js';
import { useStore } from '../hooks.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';
import { Sparkline } from './chart.js';
import { Empty } from './words.js';

/** @param {{ queues: readonly import('../shapes.js').Queue[], now: number }} props */
export const QueueTable = ({ queues, now }) => {
  const rates = useStore((state) => state.rates);
  if (queues.length === 0) return html`<${Empty}>No message has been sent yet.<//>`;
  return html`<table class="queues">
    <thead><tr><th scope="col">Queue</th><th scope="col">Ready</th><th scope="col">In work</th><th scope="col">Dead</th>
      <th scope="col">In/s</th><th scope="col">Out/s</th><th scope="col" class="wide">Oldest</th><th scope="col" class="wide">2 minutes</th></tr></thead>
    <tbody>${queues.map((queue) => html`<${QueueRow} key=${`${queue.kind} ${queue.name}`} queue=${queue} rates=${rates} now=${now} />`)}</tbody>
  </table>`;
};

/** @param {{ queue: import('../shapes.js').Queue, rates: import('../rates.js').Rates, now: number }} props */
const QueueRow = ({ queue: { name, kind, pending, leased, dead, oldestAgeSeconds }, rates, now }) => {
  const isChannel = kind === 'channel';
  const key = isChannel ? `#${name}` : name;
  const href = isChannel ? addressOf('messages', undefined, { channel: name }) : addressOf('modules', name);
  const deadHref = addressOf('dead-letters', undefined, isChannel ? {} : { module: name });
  const series = [
    { label: 'sent', tone: 'accent', values: rates.series(`sent ${key}`, now) },
    { label: 'completed', tone: 'good', values: rates.series(`done ${key}`, now) },
  ];
  return html`<tr data-row tabindex="-1">
    <th scope="row"><a class="name" href=${href}>${isChannel && html`<span class="dim">#</span>`}${name}</a></th>
    <td class=${pending > 0 ? 'some' : ''}>${compact(pending)}</td>
    <td class=${leased > 0 ? 'some' : ''}>${compact(leased)}</td>
    <td class=${dead > 0 ? 'bad' : ''}>${dead > 0 ? html`<a href=${deadHref}>${compact(dead)}</a>` : '0'}</td>
    <td>${perSecond(rates.perSecond(`sent ${key}`, now))}</td>
    <td>${isChannel ? html`<span class="dim">–</span>` : perSecond(rates.perSecond(`done ${key}`, now))}</td>
    <td class="wide dim">${oldestAgeSeconds === null ? '' : age(now - oldestAgeSeconds * 1000, now)}</td>
    <td class="wide"><${Sparkline} lines=${series} label="Messages a second of ${name}" /></td>
  </tr>`;
};
