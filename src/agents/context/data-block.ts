/** Text of another module between marks that it cannot end by itself. */
export const dataBlock = (tag: 'data' | 'history', text: string): string =>
  `<${tag}>\n${text.replaceAll(new RegExp(`<(?=\\s*/?\\s*${tag}\\b)`, 'gi'), '&lt;')}\n</${tag}>`;

/** One line of a length that does no harm, such as what a module says of itself. */
export const oneLine = (text: string, most = 2000): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${cutText(line, most)}…` : line;
};

/** Never through the middle of a character. */
export const cutText = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
