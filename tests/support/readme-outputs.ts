/** Brings what is shown and what is printed to the same form: what differs from run to run is named instead. One reader for each side. */
export class OutputReader {
  readonly #names = new Map<string, string>();

  /** The JSON values of the text, one for all of it or one a line; a line that is no JSON stays text. */
  read(text: string): unknown[] {
    const general = this.#generalize(text).trim();
    return general === '' ? [] : (wholeJson(general) ?? general.split('\n').map(jsonOrText));
  }

  #generalize(text: string): string {
    return text
      .replace(/\b(msg|dlv|turn|conv|inst|key)_\d+\b/g, (id, noun: string) => this.#nameOf(id, noun))
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replace(/\breq-[a-z0-9]+-\d+/g, '<request>')
      .replace(/"(lease|epoch|version|day)":\s*"[^"]+"/g, '"$1":"<$1>"')
      .replace(/"(\w*(?:[sS]eq|Ms|[tT]okens|Usd|Bytes)|uptimeSeconds)":\s*[\d.]+/g, '"$1":0')
      .replace(/^id: \d+$/gm, 'id: <seq>');
  }

  /** By the order of their first use, so that an id stands for the same thing on both sides wherever it is. */
  #nameOf(id: string, noun: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = `${noun}#${this.#names.size + 1}`;
    this.#names.set(id, name);
    return name;
  }
}

const wholeJson = (text: string): unknown[] | undefined => {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
};

const jsonOrText = (line: string): unknown => wholeJson(line)?.[0] ?? line;
