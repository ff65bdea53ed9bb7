import { CliFailure, exitCodes } from './cli-failure.js';
import { command, type OptionSpec } from './command-spec.js';
import { type DeadLetter, deadLetterColumns } from './message-columns.js';
import { wholeNumber } from './option-values.js';

const group = 'Messages';

interface Filter {
  readonly module?: string;
  readonly type?: string;
  readonly before?: string;
}

const filter: readonly OptionSpec[] = [
  { flags: '--module <name>', text: 'of this module', completion: 'modules' },
  { flags: '--type <type>', text: 'of this type' },
  { flags: '--before <time>', text: 'that died before this' },
];

export const deadLetterCommands = [
  command<Filter & { limit: number }>({
    name: 'dead-letters',
    group,
    summary: 'Deliveries that ran out of attempts or were refused for good',
    options: [...filter, { flags: '--limit <number>', text: 'most of them', parse: wholeNumber, fallback: 50 }],
    examples: ['granger dead-letters --module Resizer'],
    run: async (cli, _args, query) => {
      const { items } = await cli.hub.call<{ items: DeadLetter[] }>('GET', '/v1/dead-letters', { query: { ...query } });
      cli.out.list(items, deadLetterColumns, 'There are no dead letters.');
    },
  }),
  command<Filter & { all?: boolean }>({
    name: 'redrive',
    group,
    summary: 'Let dead letters stand in line again',
    arguments: [{ name: '[deliveries...]', text: 'as dlv_7' }],
    options: [...filter, { flags: '--all', text: 'all there are' }],
    examples: ['granger redrive --module Resizer --type image.resize', 'granger redrive "$DEAD"'],
    run: async (cli, ids, { all = false, ...given }) => {
      const isNamed = ids.length > 0 || Object.keys(given).length > 0;
      if (!isNamed && !all) throw new CliFailure(exitCodes.usage, 'Which? Name deliveries, a filter, or --all.');
      const everything = { before: '9999-12-31T23:59:59Z' };
      const body = ids.length > 0 ? { ids } : isNamed ? given : everything;
      const result = await cli.hub.call<{ redriven: number }>('POST', '/v1/dead-letters/redrive', { body });
      cli.out.one(result, `${result.redriven} stand in line again.`);
    },
  }),
  command<{ module: string; after?: string; before?: string; type?: string[] }>({
    name: 'replay',
    group,
    summary: "Deliver a channel's history again to a module, marked as replayed",
    arguments: [{ name: '<channel>', text: 'whose history' }],
    options: [
      { flags: '--module <name>', text: 'to whom', isRequired: true, completion: 'modules' },
      { flags: '--after <bound>', text: 'only after this time or seq' },
      { flags: '--before <bound>', text: 'only before this time or seq' },
      { flags: '--type <type>', text: 'only of this type; may be given again', isList: true },
    ],
    examples: ['granger replay uploads --module Archive --after 2026-01-01T00:00:00Z'],
    run: async (cli, [channel = ''], { module, after, before, type }) => {
      const wishes = { module, after: bound(after), before: bound(before), types: type };
      const body = Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
      const path = `/v1/channels/${encodeURIComponent(channel)}/replay`;
      const result = await cli.hub.call<{ replayed: number }>('POST', path, { body });
      cli.out.one(result, `${result.replayed} are delivered again to ${module}.`);
    },
  }),
];

const bound = (text: string | undefined): string | number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
