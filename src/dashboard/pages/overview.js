import { concernsOf } from '../attention.js';
import { compact, cost, perSecond } from '../format.js';
import { useNow, useQuery, useRepeat, useStore } from '../hooks.js';
import { runningFirst } from '../live-state.js';
import { Attention } from '../parts/attention-list.js';
import { Chart } from '../parts/chart.js';
import { LiveTurns } from '../parts/live-turns.js';
import { Pool } from '../parts/pool.js';
import { QueueTable } from '../parts/queue-table.js';
import { Empty } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

const dying = ['delivery.died', 'delivery.redriven', 'delivery.deleted'];
const ended = ['turn.failed', 'turn.timed_out', 'turn.succeeded'];
const MOST_QUEUES = 12;
/** Memory has no events. */
const READ_EVERY_MS = 10_000;

/** The first screen: what needs a person, then how things go. @param {{ stats: import('../shapes.js').Stats | undefined, canAct: boolean }} props */
export const Overview = ({ stats, canAct }) => {
  const now = useNow();
  const approvals = useQuery('/v1/approvals?state=pending&limit=100', ['approval']);
  const instances = useQuery('/v1/instances?limit=100', ['instance', 'turn']);
  useRepeat(instances.reload, READ_EVERY_MS);
  const deadLetters = useQuery('/v1/dead-letters?limit=100', dying);
  const failedTurns = useQuery('/v1/turns?state=failed&limit=50', ended);
  const modules = useQuery('/v1/modules?limit=1000', ['module']);
  const queues = useQuery('/v1/queues?limit=1000', ['message', 'delivery', 'module']);
  const concerns = concernsOf({
    approvals: approvals.data?.items,
    deadLetters: deadLetters.data?.items,
    failedTurns: failedTurns.data?.items,
    modules: modules.data?.items,
    queues: queues.data?.items,
    now,
  });
  const isRead = [approvals, deadLetters, failedTurns, modules, queues].every(
    ({ data, error }) => data !== undefined || error !== undefined,
  );
  return html`<h1 class="visually-hidden">Overview</h1>
    <section aria-labelledby="attention-title" class="attention">
      <h2 id="attention-title">Needs attention ${concerns.length > 0 && html`<b class="count ${concerns.some(({ tone }) => tone === 'bad') ? 'bad' : 'warn'}">${concerns.length}</b>`}</h2>
      ${isRead && html`<${Attention} concerns=${concerns} canAct=${canAct} />`}
    </section>
    <${Numbers} stats=${stats} now=${now} />
    <div class="columns">
      <section aria-labelledby="turns-title">
        <h2 id="turns-title">Agents <a class="more" href=${addressOf('instances')}>all</a></h2>
        <${Pool} instances=${instances.data?.items ?? []} />
        <${Turns} />
      </section>
      <section aria-labelledby="queues-title">
        <h2 id="queues-title">Queues <a class="more" href=${addressOf('queues')}>all</a></h2>
        <${QueueTable} queues=${busiest(queues.data?.items ?? [])} now=${now} />
      </section>
    </div>`;
};

/** @param {readonly import('../shapes.js').Queue[]} queues */
const busiest = (queues) =>
  [...queues]
    .sort((a, b) => b.pending + b.leased + b.dead - (a.pending + a.leased + a.dead) || b.processed - a.processed)
    .slice(0, MOST_QUEUES);

const Turns = () => {
  const turns = useStore((state) => state.turns);
  const shown = runningFirst({ turns }).slice(0, 8);
  return shown.length === 0 ? html`<${Empty}>No agent is at work.<//>` : html`<${LiveTurns} turns=${shown} />`;
};

/** @param {{ stats: import('../shapes.js').Stats | undefined, now: number }} props */
const Numbers = ({ stats, now }) => {
  const rates = useStore((state) => state.rates);
  const series = [
    { label: 'sent', tone: 'accent', values: rates.series('sent', now) },
    { label: 'completed', tone: 'good', values: rates.series('done', now) },
    { label: 'failed', tone: 'bad', values: rates.series('failed', now) },
  ];
  const { messages, turns, modules, cost: spent, instances } = stats ?? {};
  return html`<section class="numbers" aria-label="In numbers">
    <div class="rates">
      <p class="legend">
        ${series.map(({ label, tone }) => html`<span class=${tone}>${label} <b>${perSecond(rates.perSecond(label === 'completed' ? 'done' : label, now))}</b>/s</span>`)}
      </p>
      <${Chart} lines=${series} label="Messages a second over the last two minutes" />
    </div>
    <dl class="tiles">
      <${Tile} title="Pending" value=${messages?.pending} href=${addressOf('messages', undefined, { state: 'pending' })} />
      <${Tile} title="In work" value=${messages?.leased} href=${addressOf('messages', undefined, { state: 'leased' })} />
      <${Tile} title="Dead" value=${messages?.dead} href=${addressOf('dead-letters')} tone=${(messages?.dead ?? 0) > 0 ? 'bad' : ''} />
      <${Tile} title="Turns" value=${turns?.running} note=${turns === undefined ? '' : `${turns.waiting} waiting`} href=${addressOf('turns')} />
      <${Tile} title="Agents" value=${instances} note="processes" href=${addressOf('instances')} />
      <${Tile} title="Modules" value=${modules} href=${addressOf('modules')} />
      <${Tile} title="Today" text=${spent === undefined ? undefined : cost(spent.todayUsd)} href=${addressOf('turns')} />
    </dl>
  </section>`;
};

/** @param {{ title: string, value?: number, text?: string, note?: string, href: string, tone?: string }} props */
const Tile = ({ title, value, text, note = '', href, tone = '' }) => html`<a class="tile ${tone}" href=${href}>
  <dt>${title}</dt>
  <dd>${text ?? (value === undefined ? '–' : compact(value))} ${note !== '' && html`<small>${note}</small>`}</dd>
</a>`;
