/** One command of a shell line, between its operators. */
export interface SimpleCommand {
  /** As it is written, with one space between its words. */
  readonly text: string;
  /** As the shell takes it: without quotes and backslashes. */
  readonly unquoted: string;
}

/** What a word may go on with behind a dollar sign: a plain variable. All else can hold commands, or quotes of another kind. */
const PLAIN_VARIABLE = /[A-Za-z0-9_?#@*!$-]/;
/** Writes to nowhere, or to where the other stream goes. */
const HARMLESS_REDIRECTION = /(?:[012]|&)?>>?[ \t]*(?:&[12]|\/dev\/null)(?=$|[\s;&|])|<[ \t]*\/dev\/null(?=$|[\s;&|])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/**
 * The commands of a line: what stands between `;`, `&`, `|` and line ends outside of quotes. Undefined where the hub cannot tell them:
 * substitutions, subshells, redirections to files, comments, quotes that do not end. Rather too often than once too seldom.
 */
export const simpleCommands = (line: string): readonly SimpleCommand[] | undefined => {
  if (CONTROL.test(line)) return undefined;
  const reader = new LineReader(line);
  return reader.read() ? reader.commands : undefined;
};

class LineReader {
  readonly commands: SimpleCommand[] = [];
  readonly #line: string;
  #at = 0;
  #text = '';
  #unquoted = '';

  constructor(line: string) {
    this.#line = line;
  }

  /** False where it is not understood. */
  read(): boolean {
    while (this.#at < this.#line.length) if (!this.#readNext()) return false;
    this.#endCommand();
    return true;
  }

  #readNext(): boolean {
    const char = this.#line[this.#at]!;
    const next = this.#line[this.#at + 1];
    if (this.#skipRedirection()) return true;
    if (char === "'") return this.#readSingleQuoted();
    if (char === '"') return this.#readDoubleQuoted();
    if (char === '\\') return next !== undefined && next !== '\n' && this.#take(2, next);
    if (char === ';' || char === '&' || char === '|' || char === '\n') return this.#endCommand();
    if (char === ' ' || char === '\t') return this.#endWord();
    if (char === '#' && this.#isAtWordStart()) return false;
    if ('`()<>'.includes(char) || (char === '$' && !isPlainVariable(next))) return false;
    return this.#take(1, char);
  }

  /** At its digit or at its sign. A digit at the end of a word is part of the word. */
  #skipRedirection(): boolean {
    const char = this.#line[this.#at]!;
    if (!'&<>'.includes(char) && !('012'.includes(char) && this.#isAtWordStart())) return false;
    HARMLESS_REDIRECTION.lastIndex = this.#at;
    const found = HARMLESS_REDIRECTION.exec(this.#line);
    if (found === null) return false;
    this.#at += found[0].length;
    return true;
  }

  #readSingleQuoted(): boolean {
    const end = this.#line.indexOf("'", this.#at + 1);
    return end >= 0 && this.#take(end + 1 - this.#at, this.#line.slice(this.#at + 1, end));
  }

  #readDoubleQuoted(): boolean {
    let inner = '';
    for (let at = this.#at + 1; at < this.#line.length; at++) {
      const char = this.#line[at]!;
      const next = this.#line[at + 1];
      if (char === '"') return this.#take(at + 1 - this.#at, inner);
      if (char === '`' || (char === '$' && next !== '"' && !isPlainVariable(next))) return false;
      if (char === '\\' && next !== undefined && '$`"\\'.includes(next)) at++;
      inner += this.#line[at]!;
    }
    return false;
  }

  #take(length: number, unquoted: string): true {
    this.#text += this.#line.slice(this.#at, this.#at + length);
    this.#unquoted += unquoted;
    this.#at += length;
    return true;
  }

  #isAtWordStart(): boolean {
    return this.#text === '' || this.#text.endsWith(' ');
  }

  #endWord(): true {
    this.#at++;
    if (!this.#isAtWordStart()) {
      this.#text += ' ';
      this.#unquoted += ' ';
    }
    return true;
  }

  #endCommand(): true {
    this.#at++;
    if (this.#text !== '') this.commands.push({ text: this.#text.trimEnd(), unquoted: this.#unquoted.trimEnd() });
    this.#text = '';
    this.#unquoted = '';
    return true;
  }
}

const isPlainVariable = (next: string | undefined): boolean =>
  next === undefined || PLAIN_VARIABLE.test(next) || /\s/.test(next);

/** All that could be a command in a line that is not understood: parted at every sign that could begin one, without quotes. */
export const possibleCommands = (line: string): readonly string[] =>
  line
    .replaceAll(/["'\\]/g, '')
    .split(/[;&|\n\r`(){}<>]/)
    .map((part) => part.replaceAll(/[ \t]+/g, ' ').trim())
    .filter((part) => part !== '');

const LEADING = /^(?:(?:then|do|else|elif|if|while|until|!|\{)\s+|[A-Za-z_]\w*=\S*\s+)/;
/** They run what their arguments say. */
const RUNNERS = new Set(
  'sudo doas env command builtin exec eval nohup nice time timeout xargs find watch ssh sh bash zsh dash ksh'.split(
    ' ',
  ),
);

/** The command itself, behind words that only lead to it (`then`, `A=1`), and what a runner such as `sudo` or `sh -c` may run. */
export const commandsWithin = (unquoted: string): readonly string[] => {
  let command = unquoted;
  for (let found = LEADING.exec(command); found !== null; found = LEADING.exec(command))
    command = command.slice(found[0].length);
  const words = command.split(/\s+/);
  if (!RUNNERS.has(words[0]?.split('/').at(-1) ?? '')) return [command];
  return words.map((_, index) => words.slice(index).join(' '));
};
