import { useQuery, useRoute, useStore } from './hooks.js';
import { get } from './hub-api.js';
import { listenToKeys } from './keyboard-commands.js';
import { ConversationPage } from './pages/conversation.js';
import { Conversations } from './pages/conversations.js';
import { DeadLetters } from './pages/dead-letters.js';
import { Events } from './pages/events.js';
import { InstancePage } from './pages/instance.js';
import { Instances } from './pages/instances.js';
import { MessagePage } from './pages/message.js';
import { Messages } from './pages/messages.js';
import { ModulePage } from './pages/module.js';
import { Modules } from './pages/modules.js';
import { Overview } from './pages/overview.js';
import { Queues } from './pages/queues.js';
import { TaskPage } from './pages/task.js';
import { Tasks } from './pages/tasks.js';
import { TurnPage } from './pages/turn.js';
import { Turns } from './pages/turns.js';
import { Help } from './parts/help.js';
import { Login } from './parts/login.js';
import { Shell } from './parts/shell.js';
import { Empty } from './parts/words.js';
import { setState } from './store.js';
import { html, render, useEffect, useErrorBoundary, useState } from './vendor/preact.js';
import { watchHub } from './watch.js';

/** @typedef {{ id: string | undefined, query: Readonly<Record<string, string>>, stats: any, canAct: boolean }} PageProps */

/** Every page: its title, the list, and what one of it is shown on. @type {Readonly<Record<string, { title: string, list: (props: any) => any, one?: (props: any) => any }>>} */
const pages = {
  overview: { title: 'Overview', list: Overview },
  queues: { title: 'Queues', list: Queues },
  modules: { title: 'Modules', list: Modules, one: ModulePage },
  messages: { title: 'Messages', list: Messages, one: MessagePage },
  conversations: { title: 'Conversations', list: Conversations, one: ConversationPage },
  tasks: { title: 'Tasks', list: Tasks, one: TaskPage },
  turns: { title: 'Turns', list: Turns, one: TurnPage },
  instances: { title: 'Instances', list: Instances, one: InstancePage },
  events: { title: 'Events', list: Events },
  'dead-letters': { title: 'Dead letters', list: DeadLetters },
};

const App = () => {
  const session = useStore((state) => state.session);
  if (session === undefined) return null;
  return session === null ? html`<${Login} />` : html`<${Hub} session=${session} />`;
};

/** @param {{ session: import('./shapes.js').Session }} props */
const Hub = ({ session }) => {
  const { page, id, query } = useRoute();
  const [isHelp, setIsHelp] = useState(false);
  const { data: stats } = useQuery('/v1/stats', ['message', 'delivery', 'turn', 'instance', 'module']);
  useEffect(watchHub, []);
  useEffect(
    () => listenToKeys({ onHelp: (isShown = true) => setIsHelp(isShown), pages: () => Object.keys(pages) }),
    [],
  );
  useEffect(() => scrollTo(0, 0), [page, id]);
  const found = pages[page];
  useEffect(() => {
    document.title = `${id ?? found?.title ?? 'Not found'} · Granger Hub`;
  }, [page, id]);
  const counts = {
    'dead-letters': { count: stats?.messages.dead, tone: 'bad' },
    turns: { count: stats?.turns.running, tone: 'live' },
  };
  const shown = Object.entries(pages).map(([name, { title }]) => ({
    page: name,
    title,
    ...counts[/** @type {keyof typeof counts} */ (name)],
  }));
  const Content = id === undefined ? found?.list : found?.one;
  const version =
    stats === undefined
      ? ''
      : `${stats.version} · ${session.scope}${session.module === undefined ? '' : ` ${session.module}`}`;
  return html`<${Shell} pages=${shown} current=${page} version=${version} onHelp=${() => setIsHelp(true)}>
      ${Content === undefined ? html`<${Empty}>There is no such page.<//>` : html`<${Page} key=${`${page} ${id}`}><${Content} id=${id} query=${query} stats=${stats} canAct=${session.scope === 'admin'} /><//>`}
    <//>
    ${isHelp && html`<${Help} onClose=${() => setIsHelp(false)} />`}`;
};

/** What goes wrong on one page leaves the others alone. @param {{ children?: any }} props */
const Page = ({ children }) => {
  const [error] = useErrorBoundary((failure) => console.error(failure));
  return error === undefined ? children : html`<${Empty}>This page failed: ${String(error)}<//>`;
};

const start = async () => {
  const session = await get('/v1/session').catch(() => undefined);
  setState((state) => ({ ...state, session: session ?? null }));
};

render(html`<${App} />`, /** @type {Element} */ (document.getElementById('app')));
void start();
