/** JSON as it is kept in a file: two spaces, one final newline. */
export const fileText = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** JSON pointers (RFC 6901) of the places where two documents differ, in their order. The order of an object's keys says nothing. */
export const jsonDifferences = (before: unknown, after: unknown, pointer = ''): string[] => {
  if (Object.is(before, after)) return [];
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return [pointer];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => jsonDifferences(before[key], after[key], `${pointer}/${escapeKey(key)}`));
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
