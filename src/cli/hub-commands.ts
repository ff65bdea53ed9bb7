import type { CreatedKey, HubEvent, HubKey } from '../client/hub-types.js';
import { actionOf } from './action-of.js';
import { ageText } from './age.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command } from './command-spec.js';
import { eventLine } from './event-line.js';
import { tellOfLosses } from './listen-module.js';
import { oneOf, wholeNumber } from './option-values.js';
import type { Column } from './table.js';

const group = 'Hub';
/** With a filter, so many of the latest numbers are looked at. */
const LOOK_BACK = 10_000;
const scopes = ['admin', 'module', 'observer'] as const;

interface EventOptions {
  readonly follow?: boolean;
  readonly after?: number;
  readonly types?: string;
  readonly module?: string;
  readonly conversation?: string;
  readonly message?: string;
  readonly turn?: string;
  readonly task?: string;
  readonly limit: number;
}

const keyColumns: readonly Column<HubKey>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'SCOPE', of: ({ scope }) => scope },
  { head: 'MODULE', of: ({ module }) => module },
  { head: 'AGE', of: ({ createdAt }) => ageText(createdAt), isRight: true },
  { head: 'LABEL', of: ({ label }) => label, isWide: true },
];

const pastEvents = async (cli: Cli, { follow: _, after, limit, ...filter }: EventOptions): Promise<void> => {
  const { lastSeq } = (await cli.hub.stats()).events;
  const start = after ?? Math.max(0, lastSeq - (Object.keys(filter).length > 0 ? LOOK_BACK : limit));
  const found: HubEvent[] = [];
  for await (const event of cli.hub.list<HubEvent>('/v1/events', { ...filter, after: start, limit: 1000 })) {
    found.push(event);
    if (after !== undefined && found.length === limit) break;
  }
  const shown = found.slice(-limit);
  if (!cli.out.isForPeople) return cli.out.list(shown, [], '');
  for (const event of shown) cli.out.next(event, eventLine(event, cli.out.colors));
};

const followEvents = async (
  cli: Cli,
  { types, after, follow: _, limit: __, ...filter }: EventOptions,
): Promise<void> => {
  const options = { ...filter, after, types: types?.split(','), signal: cli.signal, ...tellOfLosses(cli) };
  if (cli.out.isForPeople) cli.note('Following; Ctrl-C ends it.');
  for await (const event of cli.hub.events(options)) cli.out.next(event, eventLine(event, cli.out.colors));
};

interface KeyOptions {
  readonly scope?: HubKey['scope'];
  readonly module?: string;
  readonly label?: string;
}
type KeyAction = (cli: Cli, id: string | undefined, options: KeyOptions) => Promise<void>;

const keyActions: Readonly<Record<string, KeyAction>> = {
  list: async (cli) => {
    const keys: HubKey[] = [];
    for await (const key of cli.hub.list<HubKey>('/v1/keys')) keys.push(key);
    cli.out.list(keys, keyColumns, 'There are no keys but the admin key.');
  },
  create: async (cli, _id, { scope, ...rest }) => {
    const body = { scope: scope ?? (rest.module === undefined ? 'observer' : 'module'), ...rest };
    const made = await cli.hub.call<CreatedKey>('POST', '/v1/keys', { body });
    if (cli.out.isForPeople) cli.note(`${made.id}, scope ${made.scope}. It is shown this once:`);
    cli.out.one(made, made.key);
  },
  revoke: async (cli, id) => {
    if (id === undefined) throw new CliFailure(exitCodes.usage, 'Which key?', 'granger keys revoke key_7');
    await cli.hub.call('DELETE', `/v1/keys/${encodeURIComponent(id)}`);
    cli.out.one({ revoked: id }, `${id} is revoked.`);
  },
};

export const hubCommands = [
  command<EventOptions>({
    name: 'events',
    group,
    summary: 'What happened last; with --follow: what happens, live',
    options: [
      { flags: '-f, --follow', text: 'go on until Ctrl-C' },
      { flags: '--after <seq>', text: 'only events with a higher number', parse: wholeNumber },
      { flags: '--types <types>', text: 'as message.*,turn.output' },
      { flags: '--module <name>', text: 'about this module', completion: 'modules' },
      { flags: '--conversation <id>', text: 'of this conversation' },
      { flags: '--message <id>', text: 'of this message' },
      { flags: '--turn <id>', text: 'of this turn' },
      { flags: '--task <id>', text: 'of this task' },
      { flags: '--limit <number>', text: 'most of them, without --follow', parse: wholeNumber, fallback: 50 },
    ],
    examples: ['granger events --types "delivery.*" --limit 5', 'granger events --follow --module Resizer'],
    run: (cli, _args, options) => (options.follow === true ? followEvents(cli, options) : pastEvents(cli, options)),
  }),
  command({
    name: 'stats',
    group,
    summary: 'The hub in numbers',
    examples: ['granger stats', 'granger stats -o yaml'],
    run: async (cli) => cli.out.one(await cli.hub.stats()),
  }),
  command<KeyOptions>({
    name: 'keys',
    group,
    summary: 'Show keys, make one, revoke one',
    arguments: [
      { name: '[action]', text: 'list, create or revoke', completion: Object.keys(keyActions) },
      { name: '[id]', text: 'of the key to revoke' },
    ],
    options: [
      {
        flags: '--scope <scope>',
        text: `of a new key: ${scopes.join(', ')}`,
        parse: oneOf(...scopes),
        completion: scopes,
      },
      { flags: '--module <name>', text: 'that a new key acts as', completion: 'modules' },
      { flags: '--label <text>', text: 'what a new key is for' },
    ],
    examples: [
      'granger keys',
      'granger keys create --module Resizer --label "container on host 7"',
      'granger keys revoke "$KEY_ID"',
    ],
    run: async (cli, [word = 'list', id], options) => {
      const action = actionOf(keyActions, word, { of: 'keys', hint: 'It is list, create or revoke.' });
      await action(cli, id, options);
    },
  }),
];
