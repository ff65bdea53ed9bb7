import type { Cli } from './cli.js';

/** What the shell can complete a word with. */
export type Completion = 'modules' | 'files' | readonly string[];

export interface ArgumentSpec {
  /** As `<name>`, `[id]` or `<text...>`. */
  readonly name: string;
  readonly text: string;
  readonly completion?: Completion;
}

export interface OptionSpec {
  /** As `--from <module>`. */
  readonly flags: string;
  readonly text: string;
  readonly isRequired?: boolean;
  readonly completion?: Completion;
  readonly parse?: (text: string) => unknown;
  readonly fallback?: unknown;
  /** May be given more than once. */
  readonly isList?: boolean;
}

/** A command, told once: for the parser, for its help, for the completion, and for the test of its examples. */
export interface CommandSpec<Options extends object = object> {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Lines for a shell. */
  readonly examples: readonly string[];
  /** Not told in the help. */
  readonly isHidden?: boolean;
  run(cli: Cli, args: readonly string[], options: Options): Promise<void>;
}

/** The options are what the parser makes of `options`; that the two fit is for the writer to see to. */
export const command = <Options extends object>(spec: CommandSpec<Options>): CommandSpec => spec as CommandSpec;
