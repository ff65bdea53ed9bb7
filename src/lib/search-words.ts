/** More of one text is not searched: an index has to stay small, and PostgreSQL refuses a text of too many words. */
const MOST_CHARACTERS = 100_000;
const LONGEST_WORD = 64;

/** Written without spaces between words: each sign is a word of its own. */
const signs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;

/**
 * The words of a text as they are searched for: in small letters, without accents, each once, in one line. The same words come out on
 * every database, whatever its own idea of a word is.
 */
export const searchWords = (text: string): string => {
  const plain = text.slice(0, MOST_CHARACTERS).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const words = plain.replaceAll(signs, ' $& ').match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, LONGEST_WORD)))].join(' ');
};

/** All texts and numbers in a value of JSON, without the names of its members. */
export const textsIn = (value: unknown): string => {
  const texts: string[] = [];
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string' || typeof next === 'number') texts.push(String(next));
    else if (typeof next === 'object' && next !== null) open.push(...Object.values(next).reverse());
  }
  return texts.join('\n');
};
