/** Longer ones are cut, so that no payload holds up the page. */
const MOST_CHARACTERS = 60_000;

/** A value as indented JSON, in pieces of a kind: key, string, number, word, or plain. @param {unknown} value @returns {{ kind: string, text: string }[]} */
export const jsonTokens = (value) => {
  const whole = JSON.stringify(value, null, 2) ?? 'undefined';
  const text = whole.length > MOST_CHARACTERS ? `${whole.slice(0, MOST_CHARACTERS)}…` : whole;
  const tokens = [];
  let end = 0;
  for (const match of text.matchAll(
    /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g,
  )) {
    if (match.index > end) tokens.push({ kind: '', text: text.slice(end, match.index) });
    const [found, colon] = match;
    const kind =
      colon !== undefined ? 'key' : found.startsWith('"') ? 'string' : /^[tfn]/.test(found) ? 'word' : 'number';
    tokens.push({ kind, text: found });
    end = match.index + found.length;
  }
  if (end < text.length) tokens.push({ kind: '', text: text.slice(end) });
  return tokens;
};
