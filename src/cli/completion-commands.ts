import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { type CommandSpec, type Completion, command } from './command-spec.js';
import { completionScripts, type Shell, shells } from './completion-scripts.js';
import { globalOptions } from './global-options.js';
import { completionOf } from './word-completion.js';

/** Nothing for files: the shell does those itself. Where the hub does not answer there are no names, and no error. */
const wordsOf = async (cli: Cli, completion: Completion): Promise<readonly string[]> => {
  if (completion === 'files') return [];
  if (completion !== 'modules') return completion;
  const names: string[] = [];
  try {
    for await (const { name } of cli.hub.listModules()) names.push(name);
  } catch {
    // Nobody looks for an error while a word is being completed.
  }
  return names;
};

export const completionCommands = (commands: () => readonly CommandSpec[]): readonly CommandSpec[] => [
  command({
    name: 'completion',
    group: 'Hub',
    summary: 'What makes a shell complete commands, options and names of modules',
    arguments: [{ name: '<shell>', text: shells.join(', '), completion: shells }],
    examples: ['source <(granger completion bash)'],
    run: async (cli, [shell = '']) => {
      const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell as Shell] : undefined;
      if (script === undefined)
        throw new CliFailure(exitCodes.usage, `There is no completion for ${shell}.`, `There is ${shells.join(', ')}.`);
      cli.out.raw(script);
    },
  }),
  command({
    name: 'complete-words',
    group: 'Hub',
    summary: 'Asked by the shell: what can the last of these words become',
    arguments: [{ name: '[words...]', text: 'without the name of the program' }],
    examples: ['granger complete-words -- query-module ""'],
    isHidden: true,
    run: async (cli, words) => {
      const completion = completionOf(words, { commands: commands(), globalOptions });
      const word = words.at(-1) ?? '';
      const fitting = (await wordsOf(cli, completion)).filter((each) => each.startsWith(word));
      cli.out.raw(fitting.map((each) => `${each}\n`).join(''));
    },
  }),
];
