import { useStore } from '../hooks.js';
import { act, del } from '../hub-api.js';
import { pageKeys } from '../keyboard.js';
import { signedOut } from '../live-state.js';
import { addressOf } from '../router.js';
import { setState } from '../store.js';
import { html, useState } from '../vendor/preact.js';

/**
 * The frame around every page.
 * @param {{ pages: readonly { page: string, title: string, count?: number, tone?: string }[], current: string, children?: unknown,
 *   version: string, onHelp: () => void }} props
 */
export const Shell = ({ pages, current, version, onHelp, children }) => {
  const toast = useStore((state) => state.toast);
  return html`<a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <header class="side">
      <a class="brand" href=${addressOf('overview')}><span class="mark" aria-hidden="true"></span>Granger Hub</a>
      <nav aria-label="Pages">
        ${pages.map(
          ({
            page,
            title,
            count = 0,
            tone = 'calm',
          }) => html`<a href=${addressOf(page)} aria-current=${page === current ? 'page' : undefined}>
            <span>${underlined(title, page)}</span>${count > 0 && html`<b class="count ${tone}">${count > 999 ? '999+' : count}</b>`}
          </a>`,
        )}
      </nav>
      <div class="side-foot">
        <${Connection} />
        <div class="tools">
          <${ThemeSwitch} />
          <button type="button" onClick=${onHelp} aria-label="Keys" title="Keys (?)">?</button>
          <a class="button" href="docs" title="The API">API</a>
          <button type="button" onClick=${logOut}>Log out</button>
        </div>
        <p class="dim version">${version}</p>
      </div>
    </header>
    <main id="main" tabindex="-1">${children}</main>
    <div class="toast-place" role="status" aria-live="polite">
      ${toast !== undefined && html`<div class="toast ${toast.isBad ? 'bad' : ''}">${toast.text}</div>`}
    </div>`;
};

/** The address stays that of the page. @param {Event} event */
const toMain = (event) => {
  event.preventDefault();
  document.getElementById('main')?.focus();
};

/** The letter that leads there after `g`. @param {string} title @param {string} page */
const underlined = (title, page) => {
  const letter = Object.keys(pageKeys).find((key) => pageKeys[key] === page);
  const at = letter === undefined ? -1 : title.toLowerCase().indexOf(letter);
  return at < 0 ? title : html`${title.slice(0, at)}<u>${title[at]}</u>${title.slice(at + 1)}`;
};

const Connection = () => {
  const phase = useStore((state) => state.phase);
  const words = { connecting: 'Connecting…', live: 'Live', waiting: 'Hub away, trying again…' };
  return html`<p class="connection ${phase}" role="status"><span class="dot" aria-hidden="true"></span>${words[phase]}</p>`;
};

const logOut = () =>
  act(async () => {
    await del('/v1/session');
    setState(signedOut);
    return undefined;
  });

const themes = ['system', 'light', 'dark'];

const ThemeSwitch = () => {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'system');
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  const change = () => {
    setTheme(next);
    if (next === 'system') {
      localStorage.removeItem('theme');
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem('theme', next);
      document.documentElement.dataset.theme = next;
    }
    dispatchEvent(new Event('granger:theme'));
  };
  const sign = { system: '◐', light: '○', dark: '●' }[theme];
  return html`<button type="button" class="theme" onClick=${change} aria-label="Colours: ${theme}; change to ${next}" title="Colours: ${theme}">${sign}</button>`;
};
