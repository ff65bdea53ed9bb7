import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { Cli, type GlobalOptions } from './cli.js';
import { type CliFailure, exitCodes, failureOf } from './cli-failure.js';
import type { CliIo } from './cli-io.js';
import { commandList } from './command-list.js';
import type { CommandSpec, OptionSpec } from './command-spec.js';
import { globalOptions } from './global-options.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

const epilogue = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict, 6 timed out, 7 hub not reached, 130 interrupted.
\`granger COMMAND --help\` shows what a command takes, with an example.
`;

/** Runs one command line. @returns what the process is to end with */
export const runCli = async (argv: readonly string[], io: CliIo): Promise<number> => {
  let cli: Cli | undefined;
  const program = buildProgram(io, (options) => {
    cli = new Cli(io, options);
    return cli;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return io.interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (io.interrupted.aborted) return exitCodes.interrupted;
    return tell(failureOf(error), io);
  } finally {
    await cli?.close();
  }
};

const tell = ({ message, hint, exitCode }: CliFailure, { stderr }: CliIo): number => {
  stderr.write(`granger: ${message}\n`);
  if (hint !== undefined) stderr.write(`hint: ${hint}\n`);
  return exitCode;
};

type MakeCli = (options: GlobalOptions) => Cli;

const buildProgram = (io: CliIo, makeCli: MakeCli): Command => {
  const program = new Command('granger')
    .description('Messages between programs and agents, by way of a hub.')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'granger: ')),
    })
    .version(version, '-V, --version', 'the version')
    .addHelpText('after', epilogue);
  for (const option of globalOptions) program.addOption(optionOf(option));
  for (const spec of commandList)
    program.addCommand(commandOf(spec, program, makeCli), { hidden: spec.isHidden === true });
  return program;
};

const commandOf = (spec: CommandSpec, program: Command, makeCli: MakeCli): Command => {
  const made = new Command(spec.name)
    .copyInheritedSettings(program)
    .summary(spec.summary)
    .description(`${spec.summary}.`);
  made.helpGroup(`${spec.group}:`);
  for (const { name, text } of spec.arguments ?? []) made.argument(name, text);
  const own = spec.options ?? [];
  for (const option of own) made.addOption(optionOf(option));
  const taken = new Set(own.flatMap(({ flags }) => flags.split(/[ ,|]+/)));
  for (const option of globalOptions)
    made.addOption(optionOf(withoutTaken(option, taken)).helpGroup('For every command:'));
  made.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  ${line}\n`).join('')}`);
  made.showHelpAfterError(`hint: granger ${spec.name} --help`);
  return made.action(async (...values: unknown[]) => {
    const args = values.slice(0, -2).flatMap((value) => (value === undefined ? [] : value)) as string[];
    const { options, globals } = split(made.opts(), program.opts(), own);
    await spec.run(makeCli(globals), args, options);
  });
};

/** `export-conversation` writes to a file with its own -o. */
const withoutTaken = (option: OptionSpec, taken: ReadonlySet<string>): OptionSpec => {
  const [short, ...rest] = option.flags.split(', ');
  return rest.length > 0 && taken.has(short!) ? { ...option, flags: rest.join(', ') } : option;
};

/** What is said after the command goes before what is said ahead of it. */
const split = (ofCommand: object, ofProgram: object, own: readonly OptionSpec[]) => {
  const names = new Set(own.map((option) => optionOf(option).attributeName()));
  const given = Object.entries(ofCommand);
  const globals = Object.fromEntries(given.filter(([name]) => !names.has(name)));
  if (globals.color === true) delete globals.color;
  return {
    options: Object.fromEntries(given.filter(([name]) => names.has(name))),
    globals: { ...ofProgram, ...globals } as GlobalOptions,
  };
};

const optionOf = ({ flags, text, isRequired = false, parse, fallback, isList = false }: OptionSpec): Option => {
  const option = new Option(flags, text).makeOptionMandatory(isRequired);
  if (fallback !== undefined) option.default(fallback);
  const read = parse ?? ((value: string) => value);
  if (isList) option.argParser((value, before: unknown[] = []) => [...before, read(value)]);
  else if (parse !== undefined) option.argParser(read);
  return option;
};
