/**
 * Every state of the page has an address: `#/messages/msg_7`, `#/messages?state=dead`.
 * @typedef {{ page: string, id: string | undefined, query: Readonly<Record<string, string>> }} Route
 */

/** @param {string} hash @returns {Route} */
export const parseRoute = (hash) => {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [page = '', ...rest] = path.split('/');
  const id = rest.length === 0 ? undefined : safeDecode(rest.join('/'));
  return { page: page === '' ? 'overview' : page, id, query: Object.fromEntries(new URLSearchParams(search)) };
};

/** @param {string} page @param {string} [id] @param {Readonly<Record<string, string | undefined>>} [query] */
export const addressOf = (page, id, query = {}) => {
  const named = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(/** @type {[string, string][]} */ (named)).toString();
  const path = `#/${page === 'overview' ? '' : page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
  return search === '' ? path : `${path}?${search}`;
};

const nouns = { msg: 'messages', turn: 'turns', inst: 'instances', conv: 'conversations', task: 'tasks' };

/** Where an id of the hub is shown; undefined for one that has no page. @param {string} id */
export const addressOfId = (id) => {
  const page = nouns[/** @type {keyof typeof nouns} */ (id.split('_')[0] ?? '')];
  return page === undefined ? undefined : addressOf(page, id);
};

/** @param {string} text */
const safeDecode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
