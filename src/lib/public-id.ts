/** Public ids are a noun's prefix and its integer key (`msg_48213`), so that nothing is looked up twice. */
export type IdPrefix = 'msg' | 'dlv' | 'turn' | 'conv' | 'inst' | 'key' | 'task' | 'apr' | 'hook';

export const toPublicId = (prefix: IdPrefix, key: number): string => `${prefix}_${key}`;

/** The integer key of a public id, or undefined where the text is no id of that noun. */
export const fromPublicId = (prefix: IdPrefix, id: string): number | undefined => {
  if (!id.startsWith(prefix) || id.charCodeAt(prefix.length) !== 95) return undefined;
  const digits = id.slice(prefix.length + 1);
  if (!/^[1-9][0-9]{0,15}$/.test(digits)) return undefined;
  const key = Number(digits);
  return Number.isSafeInteger(key) ? key : undefined;
};
