import type { Instance, NewMessage, SentMessage } from '../client/hub-types.js';
import { command, type OptionSpec } from './command-spec.js';
import { instanceColumns } from './instance-columns.js';
import { pathOfInstance } from './instance-path.js';
import { monitorInstance } from './monitor-instance.js';
import { ask, messageOf, type QueryOptions, queryOptions } from './query-commands.js';

const group = 'Instances';
const id: OptionSpec = { flags: '--id <instance>', text: 'as inst_5', isRequired: true };

interface OfInstance {
  readonly id: string;
}

interface StartOptions {
  readonly module: string;
  readonly name?: string;
  readonly conversation?: string;
  readonly from?: string;
}

/** A command that does one thing with an instance and shows it then. */
const verb = (name: 'pause' | 'resume' | 'restart', summary: string) =>
  command<OfInstance>({
    name: `${name}-instance`,
    group,
    summary,
    options: [id],
    examples: [`granger ${name}-instance --id "$INSTANCE"`],
    run: async (cli, _args, { id: instance }) => {
      const shown = await cli.hub.call<Instance>('POST', `${pathOfInstance(instance)}/${name}`, { body: {} });
      cli.out.one(shown, `${shown.id} is ${shown.state}.`);
    },
  });

export const instanceCommands = [
  command<StartOptions>({
    name: 'start-instance',
    group,
    summary: 'Start an agent process ahead of its first message',
    options: [
      { flags: '--module <name>', text: 'the agent', isRequired: true, completion: 'modules' },
      { flags: '--name <text>', text: 'to know it by' },
      { flags: '--conversation <id>', text: 'that it is for' },
      { flags: '--from <module>', text: 'for the conversation of this one with the agent', completion: 'modules' },
    ],
    examples: ['granger start-instance --name batches --module Analyst'],
    run: async (cli, _args, { conversation: conversationId, ...rest }) => {
      const body = { ...rest, ...(conversationId === undefined ? {} : { conversationId }) };
      const started = await cli.hub.call<Instance>('POST', '/v1/instances', { body });
      cli.out.one(started, `${started.id} is ${started.state}.`);
    },
  }),
  command<{ module?: string; state?: string; conversation?: string }>({
    name: 'list-instances',
    group,
    summary: 'The live agent processes, or those in one state',
    options: [
      { flags: '--module <name>', text: 'of this agent', completion: 'modules' },
      { flags: '--conversation <id>', text: 'of this conversation' },
      { flags: '--state <state>', text: 'in this state, as idle, busy, crashed' },
    ],
    examples: ['granger list-instances', 'granger list-instances --state busy -o jsonl'],
    run: async (cli, _args, query) => {
      const instances: Instance[] = [];
      for await (const instance of cli.hub.list<Instance>('/v1/instances', { ...query })) instances.push(instance);
      cli.out.list(instances, instanceColumns, 'No agent process runs.');
    },
  }),
  command<OfInstance & { force?: boolean }>({
    name: 'stop-instance',
    group,
    summary: 'Stop an agent process, after the turn it is at',
    options: [id, { flags: '--force', text: 'at once; the turn is run again by another' }],
    examples: ['granger stop-instance --id "$INSTANCE"'],
    run: async (cli, _args, { id: instance, force }) => {
      const view = await cli.hub.call<Instance | undefined>('DELETE', pathOfInstance(instance), { query: { force } });
      const isOver = view === undefined;
      cli.out.one(view ?? { stopped: instance }, `${instance} ${isOver ? 'is stopped' : 'stops after its turn'}.`);
    },
  }),
  command<OfInstance & QueryOptions>({
    name: 'query-instance',
    group,
    summary: 'Ask an agent in the conversation of one of its processes',
    arguments: [{ name: '<text>', text: 'the question' }],
    options: [id, ...queryOptions],
    examples: ['granger query-instance --id "$INSTANCE" "And what stands out now?"'],
    run: async (cli, [text = ''], { id: instance, ...options }) => {
      const send = (message: NewMessage): Promise<SentMessage> =>
        cli.hub.call('POST', `${pathOfInstance(instance)}/messages`, { body: message, signal: cli.signal });
      await ask(cli, messageOf(text, options), options, send);
    },
  }),
  command<OfInstance>({
    name: 'monitor-instance',
    group,
    summary: 'See what an agent process says and does, live',
    options: [id],
    examples: ['granger monitor-instance --id "$INSTANCE"'],
    run: (cli, _args, { id: instance }) => monitorInstance(cli, instance),
  }),
  verb('pause', 'Let an agent process take no new turn; messages wait'),
  verb('resume', 'Let it take turns again'),
  verb('restart', 'Put a new process in its place, with the same session'),
];
