/** @typedef {{ items: readonly any[], nextCursor: string | null | undefined }} Loaded */

/** The newest page over what was loaded before; where the two no longer meet, only the newest. @param {Loaded} last @param {Loaded} page @param {(item: any) => string} keyOf @returns {Loaded} */
export const mergeTop = (last, page, keyOf) => {
  const end = page.items.at(-1);
  if (end === undefined || page.nextCursor === null) return page;
  const meet = last.items.findIndex((item) => keyOf(item) === keyOf(end));
  if (meet < 0 || meet === last.items.length - 1) return page;
  return { items: [...page.items, ...last.items.slice(meet + 1)], nextCursor: last.nextCursor };
};

/** @param {readonly any[]} items @param {readonly any[]} more @param {(item: any) => string} keyOf */
export const mergeEnd = (items, more, keyOf) => {
  const known = new Set(items.map(keyOf));
  return [...items, ...more.filter((item) => !known.has(keyOf(item)))];
};
