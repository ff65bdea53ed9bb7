import type { CreatedWebhook, Webhook, WebhookDelivery } from '../client/hub-types.js';
import { actionOf } from './action-of.js';
import { ageText } from './age.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command } from './command-spec.js';
import { wholeNumber } from './option-values.js';
import type { Column } from './table.js';

const filters = ['types', 'module', 'conversation', 'message', 'turn', 'task'] as const;

interface WebhookOptions extends Partial<Record<(typeof filters)[number], string>> {
  readonly after?: number;
  readonly description?: string;
  readonly limit: number;
}
type WebhookAction = (cli: Cli, target: string | undefined, options: WebhookOptions) => Promise<void>;

const columns: readonly Column<Webhook>[] = [
  { head: 'ID', of: ({ id }) => id },
  {
    head: 'STATE',
    of: ({ state, reason }) => (reason === undefined ? state : `${state} (${reason})`),
    color: ({ state }) => (state === 'paused' ? 'yellow' : undefined),
  },
  { head: 'TO', of: ({ handledTo }) => String(handledTo), isRight: true },
  { head: 'FAILURES', of: ({ failures }) => String(failures), isRight: true },
  { head: 'FILTER', of: ({ filter }) => filterText(filter) },
  { head: 'URL', of: ({ url }) => url, isWide: true },
];

const deliveryColumns: readonly Column<WebhookDelivery>[] = [
  { head: 'AGE', of: ({ at }) => ageText(at), isRight: true },
  {
    head: 'OUTCOME',
    of: ({ outcome }) => outcome,
    color: ({ outcome }) => (outcome === 'delivered' ? undefined : 'yellow'),
  },
  { head: 'EVENTS', of: ({ firstSeq, lastSeq }) => (firstSeq === lastSeq ? `${firstSeq}` : `${firstSeq}-${lastSeq}`) },
  { head: 'ATTEMPT', of: ({ attempt }) => String(attempt), isRight: true },
  { head: 'STATUS', of: ({ status }) => (status === undefined ? '' : String(status)), isRight: true },
  { head: 'MS', of: ({ tookMs }) => (tookMs === undefined ? '' : String(tookMs)), isRight: true },
  { head: 'ERROR', of: ({ error }) => error?.message ?? '', isWide: true },
];

const filterText = (filter: Webhook['filter']): string =>
  Object.entries(filter)
    .map(([name, value]) => (name === 'types' ? String(value) : `${name}=${String(value)}`))
    .join(' ');

const pathOf = (action: string, id: string | undefined): string => {
  if (id === undefined) throw new CliFailure(exitCodes.usage, 'Which webhook?', `granger webhooks ${action} hook_3`);
  return `/v1/webhooks/${encodeURIComponent(id)}`;
};

const move =
  (verb: 'pause' | 'resume'): WebhookAction =>
  async (cli, id) => {
    const webhook = await cli.hub.call<Webhook>('POST', `${pathOf(verb, id)}/${verb}`);
    cli.out.one(webhook, `${webhook.id} is ${webhook.state}.`);
  };

const actions: Readonly<Record<string, WebhookAction>> = {
  list: async (cli) => {
    const webhooks: Webhook[] = [];
    for await (const webhook of cli.hub.list<Webhook>('/v1/webhooks')) webhooks.push(webhook);
    cli.out.list(webhooks, columns, 'There are no webhooks.');
  },
  create: async (cli, url, { after, description, limit: _, ...given }) => {
    if (url === undefined)
      throw new CliFailure(exitCodes.usage, 'Where to?', 'granger webhooks create http://127.0.0.1:8080/granger');
    const filter = Object.fromEntries(
      filters.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
    );
    const made = await cli.hub.call<CreatedWebhook>('POST', '/v1/webhooks', {
      body: { url, after, description, filter },
    });
    if (cli.out.isForPeople) cli.note(`${made.id} is told from now on. Its secret is shown this once:`);
    cli.out.one(made, made.secret);
  },
  delete: async (cli, id) => {
    await cli.hub.call('DELETE', pathOf('delete', id));
    cli.out.one({ deleted: id }, `${id} is deleted.`);
  },
  log: async (cli, id, { limit }) => {
    const query = { limit };
    const { items } = await cli.hub.call<{ items: WebhookDelivery[] }>('GET', `${pathOf('log', id)}/deliveries`, {
      query,
    });
    cli.out.list(items, deliveryColumns, 'Nothing was posted yet.');
  },
  pause: move('pause'),
  resume: move('resume'),
};

const words = Object.keys(actions);

export const webhookCommands = [
  command<WebhookOptions>({
    name: 'webhooks',
    group: 'Hub',
    summary: 'Who is told of events: show, make, delete, pause and resume webhooks, and their log',
    arguments: [
      { name: '[action]', text: words.join(', '), completion: words },
      { name: '[target]', text: 'the URL of a new one, or an id' },
    ],
    options: [
      { flags: '--types <types>', text: 'events that a new one wants, as message.*,turn.failed' },
      { flags: '--module <name>', text: 'about this module', completion: 'modules' },
      { flags: '--conversation <id>', text: 'of this conversation' },
      { flags: '--message <id>', text: 'of this message' },
      { flags: '--turn <id>', text: 'of this turn' },
      { flags: '--task <id>', text: 'of this task' },
      { flags: '--after <seq>', text: 'beginning with the event after this number', parse: wholeNumber },
      { flags: '--description <text>', text: 'what a new one is for' },
      { flags: '--limit <number>', text: 'of the log, most lines', parse: wholeNumber, fallback: 50 },
    ],
    examples: [
      'granger webhooks',
      'granger webhooks create http://127.0.0.1:8080/granger --types "delivery.died,turn.failed"',
      'granger webhooks log "$WEBHOOK"',
      'granger webhooks pause "$WEBHOOK"',
      'granger webhooks resume "$WEBHOOK"',
      'granger webhooks delete "$WEBHOOK"',
    ],
    run: async (cli, [word = 'list', target], options) => {
      const action = actionOf(actions, word, { of: 'webhooks', hint: `It is one of ${words.join(', ')}.` });
      await action(cli, target, options);
    },
  }),
];
