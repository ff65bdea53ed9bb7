import { command } from './command-spec.js';
import { wholeNumber } from './option-values.js';

interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly modules?: string;
}

export const serveCommands = [
  command<ServeOptions>({
    name: 'serve',
    group: 'Hub',
    summary: 'Run a hub until Ctrl-C, with the settings of the environment and of .env',
    options: [
      { flags: '--host <address>', text: 'where it listens (GRANGER_HOST, 127.0.0.1)' },
      { flags: '--port <number>', text: 'and the port; 0 takes any free one (GRANGER_PORT, 7411)', parse: wholeNumber },
      { flags: '--modules <folder>', text: 'descriptors to load and watch (GRANGER_MODULES)', completion: 'files' },
    ],
    examples: ['granger serve --port 0 --data ./data'],
    run: async (cli, _args, { host, port, modules }) => {
      const settings = {
        GRANGER_HOST: host,
        GRANGER_PORT: port,
        GRANGER_MODULES: modules,
        GRANGER_DATA: cli.options.data,
      };
      for (const [name, value] of Object.entries(settings))
        if (value !== undefined) cli.io.environment[name] = String(value);
      await cli.io.becomeHub();
    },
  }),
];
