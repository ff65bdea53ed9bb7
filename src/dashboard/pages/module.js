import { duration, perSecond } from '../format.js';
import { useNow, useQuery, useStore } from '../hooks.js';
import { Chart } from '../parts/chart.js';
import { Facts } from '../parts/facts.js';
import { Json } from '../parts/json.js';
import { MessageList } from '../parts/message-list.js';
import { TurnList } from '../parts/turn-list.js';
import { Age, Empty, Failed, State } from '../parts/words.js';
import { addressOf } from '../router.js';
import { html } from '../vendor/preact.js';

const tabs = { inbox: 'Inbox', received: 'Received', sent: 'Sent', turns: 'Turns', descriptor: 'Descriptor' };

/** One module. @param {{ id: string, query: Readonly<Record<string, string>> }} props */
export const ModulePage = ({ id, query }) => {
  const address = `/v1/modules/${encodeURIComponent(id)}`;
  const { data: module, error } = useQuery(address, ['module']);
  const { data: health } = useQuery(module && `${address}/health`, ['message', 'delivery', 'module']);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (module === undefined) return null;
  const isAgent = module.runtime.type === 'claude' || module.runtime.type === 'command';
  const tab = query.tab ?? 'inbox';
  return html`<header class="title">
      <h1>${module.name}</h1> <${State} state=${module.status} />
      <span class="dim">${[module.runtime.type, module.runtime.model, module.version].filter((each) => each !== undefined).join(' · ')}</span>
    </header>
    ${module.description !== undefined && html`<p class="lead">${module.description}</p>`}
    <${Numbers} module=${module} health=${health} />
    <nav class="tabs" aria-label="Of this module">
      ${Object.entries(tabs).map(([name, title]) => (name === 'turns' && !isAgent ? null : html`<a href=${addressOf('modules', id, { tab: name })} aria-current=${tab === name ? 'true' : undefined}>${title}</a>`))}
    </nav>
    ${tab === 'inbox' && html`<${Inbox} address=${address} />`}
    ${tab === 'received' && html`<${MessageList} query=${{ to: id }} />`}
    ${tab === 'sent' && html`<${MessageList} query=${{ from: id }} />`}
    ${tab === 'turns' && html`<${TurnList} query=${{ module: id }} />`}
    ${tab === 'descriptor' && html`<${Descriptor} module=${module} />`}`;
};

/** @param {{ module: import('../shapes.js').Module, health: any }} props */
const Numbers = ({ module: { name, currentTask, lastHeartbeatAt, capabilities = [] }, health }) => {
  const now = useNow();
  const rates = useStore((state) => state.rates);
  const series = [
    { label: 'sent to it', tone: 'accent', values: rates.series(`sent ${name}`, now) },
    { label: 'completed', tone: 'good', values: rates.series(`done ${name}`, now) },
    { label: 'failed', tone: 'bad', values: rates.series(`failed ${name}`, now) },
  ];
  const facts = {
    Ready: health?.pending,
    'In work': health?.leased,
    'Dead letters':
      health?.dead > 0
        ? html`<a class="bad" href=${addressOf('dead-letters', undefined, { module: name })}>${health.dead}</a>`
        : health?.dead,
    Processed: health?.processed,
    'Failed attempts': health?.errors,
    'Sign of life': html`<${Age} at=${lastHeartbeatAt} />`,
    ...(currentTask === undefined ? {} : { 'Works on': currentTask }),
    ...(health?.breaker === undefined ? {} : { Breaker: html`<${State} state=${health.breaker.state} />` }),
    ...(capabilities.length === 0
      ? {}
      : { Capabilities: capabilities.map((each) => html`<span class="tag">${each}</span>`) }),
  };
  return html`<div class="split">
    <${Facts} facts=${facts} />
    <div class="rates">
      <p class="legend">${series.map(({ label, tone }, index) => html`<span class=${tone}>${label} <b>${perSecond(rates.perSecond(`${['sent', 'done', 'failed'][index]} ${name}`, now))}</b>/s</span>`)}</p>
      <${Chart} lines=${series} label="Messages a second over the last two minutes" />
    </div>
  </div>`;
};

/** What could be claimed now. @param {{ address: string }} props */
const Inbox = ({ address }) => {
  const { data, error } = useQuery(`${address}/inbox?limit=100`, ['message', 'delivery']);
  if (error !== undefined) return html`<${Failed} error=${error} />`;
  if (data === undefined) return null;
  if (data.items.length === 0) return html`<${Empty}>Nothing waits here.<//>`;
  return html`<${MessageList} messages=${data.items.map((/** @type {any} */ item) => item.message ?? item)} />`;
};

/** @param {{ module: any }} props */
const Descriptor = ({ module }) => {
  const {
    name,
    description,
    systemPrompt,
    inputSchema,
    outputSchema,
    status,
    lastHeartbeatAt,
    createdAt,
    updatedAt,
    revision,
    source,
    currentTask,
    metrics,
    ...rest
  } = module;
  const facts = {
    Revision: revision,
    'Came by': source === 'folder' ? 'the watched folder' : 'the API',
    Registered: html`<${Age} at=${createdAt} /> ago`,
    Changed: html`<${Age} at=${updatedAt} /> ago`,
    ...(rest.runtime.timeoutSeconds === undefined
      ? {}
      : { 'Longest turn': duration(rest.runtime.timeoutSeconds * 1000) }),
  };
  return html`<${Facts} facts=${facts} />
    ${systemPrompt !== undefined && html`<h2>System prompt</h2><pre class="prose">${systemPrompt}</pre>`}
    <h2>Descriptor</h2><${Json} value=${rest} />
    ${inputSchema !== undefined && html`<h2>What it takes</h2><${Json} value=${inputSchema} />`}
    ${outputSchema !== undefined && html`<h2>What it gives</h2><${Json} value=${outputSchema} />`}
    ${metrics !== undefined && html`<h2>What it reports</h2><${Json} value=${metrics} />`}`;
};
