import type { CommandSpec, Completion, OptionSpec } from './command-spec.js';

export interface CompletionWorld {
  readonly commands: readonly CommandSpec[];
  readonly globalOptions: readonly OptionSpec[];
}

/** What the last word can be completed with; words are without the program's name, and the last may be empty. */
export const completionOf = (words: readonly string[], { commands, globalOptions }: CompletionWorld): Completion => {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const at = before.findIndex((each, index) => !each.startsWith('-') && !takesValue(before[index - 1], globalOptions));
  const spec = at < 0 ? undefined : commands.find(({ name }) => name === before[at]);
  const options = [...(spec?.options ?? []), ...globalOptions];
  const open = optionNamed(before.at(-1), options);
  if (open?.flags.includes('<') === true) return open.completion ?? [];
  if (word.startsWith('-')) return options.flatMap(({ flags }) => flags.match(/--[\w-]+/g) ?? []);
  if (at < 0) return commands.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name);
  const place = before
    .slice(at + 1)
    .filter((each, index, all) => !each.startsWith('-') && !takesValue(all[index - 1], options));
  return spec?.arguments?.[place.length]?.completion ?? [];
};

const optionNamed = (word: string | undefined, options: readonly OptionSpec[]): OptionSpec | undefined =>
  word?.startsWith('-') === true ? options.find(({ flags }) => flags.split(/[ ,]+/).includes(word)) : undefined;

const takesValue = (word: string | undefined, options: readonly OptionSpec[]): boolean =>
  optionNamed(word, options)?.flags.includes('<') === true;
