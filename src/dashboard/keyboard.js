/**
 * What a key means. Keys with control or command belong to the browser.
 * @typedef {{ kind: 'move', by: 1 | -1 } | { kind: 'open' } | { kind: 'filter' } | { kind: 'help' } | { kind: 'leave' } | { kind: 'go' }
 *   | { kind: 'page', page: string } | { kind: 'press', key: string }} Command
 */

/** After `g`. @type {Readonly<Record<string, string>>} */
export const pageKeys = {
  o: 'overview',
  q: 'queues',
  m: 'modules',
  s: 'messages',
  t: 'turns',
  c: 'conversations',
  k: 'tasks',
  i: 'instances',
  e: 'events',
  d: 'dead-letters',
};

/** For the page of help. @type {readonly (readonly [keys: string, meaning: string])[]} */
export const keyHelp = [
  ['/', 'to the filter'],
  ['j  k', 'next, previous row'],
  ['Enter', 'open the row'],
  ['x', 'select the row'],
  ['r', 'redrive the row'],
  ['a  d', 'allow, deny what an agent asks'],
  ['Space', 'hold or follow the live tail'],
  ['g then a letter', 'to a page: the letter is underlined'],
  ['Esc', 'back out'],
  ['?', 'this help'],
];

/**
 * @param {{ key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean }} event
 * @param {{ isTyping: boolean, isAfterG: boolean }} situation
 * @returns {Command | undefined}
 */
export const commandOf = ({ key, ctrlKey, metaKey, altKey }, { isTyping, isAfterG }) => {
  if (ctrlKey === true || metaKey === true || altKey === true) return undefined;
  if (key === 'Escape') return { kind: 'leave' };
  if (isTyping) return undefined;
  if (isAfterG) {
    const page = pageKeys[key];
    return page === undefined ? undefined : { kind: 'page', page };
  }
  if (key === 'j' || key === 'k') return { kind: 'move', by: key === 'j' ? 1 : -1 };
  if (key === 'Enter') return { kind: 'open' };
  if (key === '/') return { kind: 'filter' };
  if (key === '?') return { kind: 'help' };
  if (key === 'g') return { kind: 'go' };
  return /^[a-z ]$/.test(key) ? { kind: 'press', key } : undefined;
};
