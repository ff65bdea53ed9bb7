/** How deep a body, a frame or a descriptor may be nested: what is far deeper ends the stack of whoever walks through it. */
export const MOST_LEVELS = 100;

/** Whether objects and arrays stand in each other over more than `most` levels. Looks no deeper than that. */
export const isDeeperThan = (most: number, value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => isDeeperThan(most - 1, inner));
};
