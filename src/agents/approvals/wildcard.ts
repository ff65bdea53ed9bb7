import { posix } from 'node:path';

/** Whether the whole text fits a pattern in which `*` is any run of characters. */
export const matchesWildcard = (pattern: string, text: string): boolean =>
  matches(pattern, text, { isRun: (char) => char === '*', fits: (char, other) => char === other });

/**
 * Whether a file, or a folder above it, is meant: `*` is within a name, `**` is any number of folders. A pattern without a slash is a name
 * anywhere below the folder, one that begins with a slash is a whole path, any other starts at the folder.
 */
export const matchesPath = (pattern: string, path: string, folder: string): boolean => {
  const anchored = pattern.includes('/') ? posix.resolve(folder, pattern) : posix.join(folder, '**', pattern);
  const wanted = anchored.split('/');
  const names = posix.resolve(folder, path).split('/');
  return names.some((_, index) =>
    matches(wanted, names.slice(0, index + 1), { isRun: (name) => name === '**', fits: matchesWildcard }),
  );
};

interface Rules<T> {
  /** Stands for any number of items. */
  readonly isRun: (item: T) => boolean;
  readonly fits: (pattern: T, item: T) => boolean;
}

/** On a mismatch the last run takes one item more: no more steps than the two lengths multiplied. */
const matches = <T>(pattern: ArrayLike<T>, items: ArrayLike<T>, { isRun, fits }: Rules<T>): boolean => {
  let at = 0;
  let run = -1;
  let runEnd = 0;
  for (let index = 0; index < items.length; ) {
    const wanted = pattern[at];
    if (wanted !== undefined && isRun(wanted)) {
      run = at++;
      runEnd = index;
    } else if (wanted !== undefined && fits(wanted, items[index]!)) {
      at++;
      index++;
    } else if (run >= 0) {
      at = run + 1;
      index = ++runEnd;
    } else return false;
  }
  while (at < pattern.length && isRun(pattern[at]!)) at++;
  return at === pattern.length;
};
