import { useNow, useQuery } from '../hooks.js';
import { Filters } from '../parts/filters.js';
import { QueueTable } from '../parts/queue-table.js';
import { Failed } from '../parts/words.js';
import { html } from '../vendor/preact.js';

const MOST_SHOWN = 200;

/** @param {{ query: Readonly<Record<string, string>> }} props */
export const Queues = ({ query }) => {
  const now = useNow();
  const { data, error } = useQuery('/v1/queues?limit=1000', ['message', 'delivery', 'channel', 'module']);
  const { q = '', kind } = query;
  const fits = (data?.items ?? []).filter(
    (/** @type {import('../shapes.js').Queue} */ queue) =>
      queue.name.toLowerCase().includes(q.toLowerCase()) && (kind === undefined || kind === '' || queue.kind === kind),
  );
  return html`<h1>Queues</h1>
    <${Filters} page="queues" query=${query} fields=${[{ name: 'q', label: 'Name' }, { name: 'kind', label: 'Kind', options: ['module', 'channel'] }]} />
    ${error !== undefined && html`<${Failed} error=${error} />`}
    ${data !== undefined && html`<${QueueTable} queues=${fits.slice(0, MOST_SHOWN)} now=${now} />`}
    ${fits.length > MOST_SHOWN && html`<p class="empty">${fits.length - MOST_SHOWN} more; the filter finds them.</p>`}`;
};
