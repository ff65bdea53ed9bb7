import { commandOf } from './keyboard.js';
import { addressOf } from './router.js';

/** How long `g` waits for its letter. */
const AFTER_G_MS = 1500;

let gPressedAt = Number.NEGATIVE_INFINITY;

/** @param {{ onHelp: (isShown?: boolean) => void, pages: () => readonly string[] }} options @returns {() => void} ends it */
export const listenToKeys = ({ onHelp, pages }) => {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const isTyping = target.matches('input, textarea, select, [contenteditable]') && !target.matches('[type=checkbox]');
    const isAfterG = performance.now() - gPressedAt < AFTER_G_MS;
    const command = commandOf(event, { isTyping, isAfterG });
    if (command === undefined) return;
    if (command.kind !== 'go') gPressedAt = Number.NEGATIVE_INFINITY;
    if (run(command, target, { onHelp, pages })) event.preventDefault();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
};

/** @param {import('./keyboard.js').Command} command @param {HTMLElement} target @param {{ onHelp: (isShown?: boolean) => void, pages: () => readonly string[] }} options @returns {boolean} whether it meant something here */
const run = (command, target, { onHelp, pages }) => {
  switch (command.kind) {
    case 'move':
      return move(command.by);
    case 'open':
      return target.matches('[data-row]') && press(target.querySelector('a[href]'));
    case 'filter':
      return focusOn(document.querySelector('[data-filter]'));
    case 'help':
      onHelp();
      return true;
    case 'leave':
      onHelp(false);
      target.blur();
      return true;
    case 'go':
      gPressedAt = performance.now();
      document.body.classList.add('is-after-g');
      setTimeout(() => document.body.classList.remove('is-after-g'), AFTER_G_MS);
      return true;
    case 'page':
      if (pages().includes(command.page)) location.hash = addressOf(command.page);
      return true;
    case 'press':
      return press((target.closest('[data-row]') ?? document).querySelector(`[data-key="${command.key}"]`), target);
  }
};

/** @param {1 | -1} by */
const move = (by) => {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-row]')]);
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const visible = rows.findIndex((row) => row.getBoundingClientRect().top >= 0);
  const next = current < 0 ? Math.max(visible, 0) : Math.min(Math.max(current + by, 0), rows.length - 1);
  return focusOn(rows[next] ?? null);
};

/** @param {Element | null} element */
const focusOn = (element) => {
  const found = /** @type {HTMLElement | null} */ (element);
  found?.focus();
  found?.scrollIntoView({ block: 'nearest' });
  if (found instanceof HTMLInputElement) found.select();
  return found !== null;
};

/** Space and letters on a button that has the focus are the button's own. @param {Element | null} element @param {HTMLElement} [from] */
const press = (element, from) => {
  if (element === null || from?.matches('button, a, summary, [type=checkbox]') === true) return false;
  /** @type {HTMLElement} */ (element).click();
  return true;
};
