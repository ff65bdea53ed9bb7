/**
 * What the hub's own filter lets through, for events that are here already.
 * @typedef {{ types?: string, module?: string, conversation?: string, message?: string, turn?: string, task?: string }} EventFilter
 */

/** @param {EventFilter} filter @returns {(event: import('./shapes.js').HubEvent) => boolean} */
export const matches = ({ types = '', module, conversation, message, turn, task }) => {
  const wanted = types.split(',').filter((type) => type !== '');
  const isType = (/** @type {string} */ type) =>
    wanted.length === 0 ||
    wanted.some((each) => each === '*' || each === type || (each.endsWith('.*') && type.startsWith(each.slice(0, -1))));
  const isSame = (/** @type {string | undefined} */ asked, /** @type {string | undefined} */ given) =>
    asked === undefined || asked === '' || asked === given;
  return ({ type, subject }) =>
    isType(type) &&
    isSame(module, subject.module) &&
    isSame(conversation, subject.conversationId) &&
    isSame(message, subject.messageId) &&
    isSame(turn, subject.turnId) &&
    isSame(task, subject.taskId);
};

/** As the hub wants them, so that half a word is not asked for: `message` is `message.*`. @param {string} text */
export const typesOf = (text) =>
  text
    .split(/[\s,]+/)
    .map((type) => type.toLowerCase())
    .map((type) => (/^[a-z]+$/.test(type) ? `${type}.*` : type))
    .filter((type) => /^(\*|[a-z]+\.(\*|[a-z_]+))$/.test(type))
    .join(',');
