import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { HubModule, ModuleHealth, ModuleQuery } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command } from './command-spec.js';
import { listenModule } from './listen-module.js';
import { moduleColumns } from './module-columns.js';
import { oneOf } from './option-values.js';

const group = 'Modules';
const name = { name: '<name>', text: 'of the module', completion: 'modules' } as const;
const runtimes = ['pull', 'claude', 'webhook', 'command'] as const;
const statuses = ['active', 'stale', 'offline'] as const;

const readDescriptor = async (cli: Cli, file: string): Promise<string> => {
  if (file === '-') return await readAll(cli.io.stdin);
  return await readFile(file, 'utf8').catch((error: Error) => {
    throw new CliFailure(exitCodes.usage, `The descriptor cannot be read: ${error.message}`);
  });
};

const pathOf = (module: string): string => `/v1/modules/${encodeURIComponent(module)}`;

export const moduleCommands = [
  command<{ desc?: string }>({
    name: 'register-module',
    group,
    summary: 'Register a module, or replace its descriptor',
    arguments: [{ name: '<name>', text: 'of the module' }],
    options: [{ flags: '--desc <file>', text: 'its descriptor, in YAML or JSON; - for stdin', completion: 'files' }],
    examples: [
      'granger register-module Resizer --desc resizer.yaml',
      "echo 'capabilities: [resize]' | granger register-module Resizer --desc -",
    ],
    run: async (cli, [module = ''], { desc }) => {
      const isJson = desc?.endsWith('.json') === true;
      const registered = await cli.hub.call<HubModule>('PUT', pathOf(module), {
        body: desc === undefined ? {} : await readDescriptor(cli, desc),
        headers: { 'content-type': desc === undefined || isJson ? 'application/json' : 'application/yaml' },
      });
      cli.out.one(registered, `${module} is registered, revision ${registered.revision}.`);
    },
  }),
  command<ModuleQuery>({
    name: 'list-modules',
    group,
    summary: 'The modules there are',
    options: [
      { flags: '--capability <name>', text: 'that can do this' },
      { flags: '--consumes <type>', text: 'that take such data' },
      { flags: '--produces <type>', text: 'that give such data' },
      { flags: '--runtime <kind>', text: runtimes.join(', '), parse: oneOf(...runtimes), completion: runtimes },
      { flags: '--status <status>', text: statuses.join(', '), parse: oneOf(...statuses), completion: statuses },
      { flags: '--q <words>', text: 'with these words in the name or description' },
    ],
    examples: ['granger list-modules', 'granger list-modules --capability resize -o json'],
    run: async (cli, _args, query) => {
      const modules: HubModule[] = [];
      for await (const module of cli.hub.listModules(query)) modules.push(module);
      cli.out.list(modules, moduleColumns, 'There are no such modules.');
    },
  }),
  command({
    name: 'show-module',
    group,
    summary: 'A module: its descriptor, and how it is',
    arguments: [name],
    examples: ['granger show-module Resizer'],
    run: async (cli, [module = '']) => {
      const shown = await cli.hub.getModule(module);
      const { name: _, ...health } = await cli.hub.call<ModuleHealth>('GET', `${pathOf(module)}/health`);
      cli.out.one({ ...shown, health });
    },
  }),
  command<{ module: string; after?: number }>({
    name: 'listen-module',
    group,
    summary: 'See what a module is sent and what becomes of it, live; nothing is claimed',
    options: [{ flags: '--module <name>', text: 'which', isRequired: true, completion: 'modules' }],
    examples: ['granger listen-module --module Resizer'],
    run: (cli, _args, { module }) => listenModule(cli, module),
  }),
  command<{ force?: boolean }>({
    name: 'remove-module',
    group,
    summary: 'Remove a module',
    arguments: [name],
    options: [{ flags: '--force', text: 'also where deliveries are open: they become dead letters' }],
    examples: ['granger remove-module Archive'],
    run: async (cli, [module = ''], { force = false }) => {
      await cli.hub.removeModule(module, { force });
      cli.out.one({ removed: module }, `${module} is removed.`);
    },
  }),
];
