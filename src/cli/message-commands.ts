import type { DeliveryOutcome, Message, NewMessage, SentMessage } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command, type OptionSpec } from './command-spec.js';
import { claimColumns, deliveryColumns, messageColumns } from './message-columns.js';
import { jsonValue, seconds, wholeNumber } from './option-values.js';
import { tableText } from './table.js';

const group = 'Messages';
const lease: OptionSpec = { flags: '--lease <token>', text: 'the lease that the claim gave', isRequired: true };
const delivery = { name: '<delivery>', text: 'as dlv_7' } as const;

interface SendOptions extends Omit<NewMessage, 'ttlSeconds' | 'delaySeconds' | 'maxAttempts' | 'conversationId'> {
  readonly ttl?: number;
  readonly delay?: number;
  readonly attempts?: number;
  readonly conversation?: string;
  readonly idempotencyKey?: string;
  readonly wait?: number;
}

interface ListOptions {
  readonly limit: number;
  readonly [filter: string]: string | number | undefined;
}

const messageOf = (text: string | undefined, options: SendOptions): NewMessage => {
  const { ttl, delay, attempts, conversation, idempotencyKey: _, wait: __, payload, ...fields } = options;
  const named = Object.entries({
    ...fields,
    payload: payload ?? (text === undefined ? undefined : { message: text }),
    ttlSeconds: ttl,
    delaySeconds: delay,
    maxAttempts: attempts,
    conversationId: conversation,
  });
  return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as NewMessage;
};

const send = async (cli: Cli, message: NewMessage, { wait, idempotencyKey }: SendOptions): Promise<void> => {
  const options = { idempotencyKey, signal: cli.signal };
  if (wait === undefined) {
    const sent = await cli.speak(message, (signed) => cli.hub.send(signed, options));
    return cli.out.one(sent, sentText(sent));
  }
  const reply = await cli.speak(message, (signed) => cli.hub.request(signed, { ...options, waitSeconds: wait }));
  cli.out.one(reply, JSON.stringify(reply.payload, null, 2));
};

const sentText = ({ id, deliveries }: SentMessage): string => {
  const names = deliveries.map(({ id: of, module, channel }) => `${of} for ${module ?? `#${channel}`}`);
  return `${id} is sent${names.length === 0 ? '; nobody is there for it yet' : `: ${names.join(', ')}`}.`;
};

const showMessage = async (cli: Cli, id: string): Promise<void> => {
  const message = await cli.hub.getMessage(id);
  if (!cli.out.isForPeople) return cli.out.one(message);
  const { deliveries, reply, turn, ...rest } = message;
  cli.out.one({ ...rest, ...(reply && { reply: reply.id, answer: reply.payload }), ...(turn && { turn }) });
  if (deliveries.length > 0)
    cli.out.raw(`\n${tableText(deliveries, deliveryColumns, { colors: cli.out.colors, width: undefined })}`);
};

const outcomeText = ({ id, state, replyId }: DeliveryOutcome): string =>
  `${id} is ${state}${replyId === undefined ? '' : `, answered by ${replyId}`}.`;

export const messageCommands = [
  command<SendOptions>({
    name: 'send',
    group,
    summary: 'Send a message',
    arguments: [{ name: '[text]', text: 'payload.message; --payload for anything else' }],
    options: [
      { flags: '--to <module>', text: 'whom it is for', completion: 'modules' },
      { flags: '--capability <name>', text: 'or: the least loaded live module that can do this' },
      { flags: '--channel <name>', text: 'or: one subscriber of the channel' },
      { flags: '--broadcast', text: 'or: every subscriber of the channel, without one every module' },
      { flags: '--from <module>', text: 'who sends it; Operator, or the module of the key', completion: 'modules' },
      { flags: '--type <type>', text: 'what it is, as image.resize' },
      { flags: '--payload <json>', text: 'JSON, or @file', parse: jsonValue },
      { flags: '--priority <number>', text: '1 to 10; 10 goes first', parse: wholeNumber },
      { flags: '--ttl <seconds>', text: 'never delivered after this', parse: seconds },
      { flags: '--delay <seconds>', text: 'not delivered before this', parse: seconds },
      { flags: '--attempts <number>', text: 'how often it is tried', parse: wholeNumber },
      { flags: '--conversation <id>', text: 'that it belongs to' },
      { flags: '--ordering-key <key>', text: 'of one key at most one is out at a time, in order' },
      { flags: '--correlation-id <id>', text: 'to find it by' },
      { flags: '--idempotency-key <key>', text: 'the same key sends it once' },
      { flags: '--wait <seconds>', text: 'wait for the reply, and show its payload', parse: seconds },
    ],
    examples: [
      'granger send --to Resizer --type image.resize --payload \'{"image":"cat.png"}\'',
      'granger send "The disk is nearly full" --broadcast --type INFO --from Web',
    ],
    run: async (cli, [text], options) => await send(cli, messageOf(text, options), options),
  }),
  command<{ module: string; max?: number; wait?: number; lease?: number; type?: string[]; channel?: string[] }>({
    name: 'claim',
    group,
    summary: 'Lease what waits for a module',
    options: [
      { flags: '--module <name>', text: 'for whom', isRequired: true, completion: 'modules' },
      { flags: '--max <number>', text: 'most deliveries', parse: wholeNumber, fallback: 1 },
      { flags: '--wait <seconds>', text: 'how long to wait where there is nothing', parse: seconds },
      { flags: '--lease <seconds>', text: 'how long the lease lasts', parse: wholeNumber },
      { flags: '--type <type>', text: 'only of this type; may be given again', isList: true },
      { flags: '--channel <name>', text: 'only from this channel; may be given again', isList: true },
    ],
    examples: ['granger claim --module Resizer --max 10 --lease 300'],
    run: async (cli, _args, { module, max = 1, wait, lease: leaseSeconds, type: types, channel: channels }) => {
      const wishes = { max, waitSeconds: wait, leaseSeconds, types, channels };
      const request = Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
      const claimed = await cli.hub.claim(module, request, cli.signal);
      cli.out.list(claimed, claimColumns, `There is nothing for ${module}.`);
    },
  }),
  command<{ lease: string; reply?: unknown; type?: string }>({
    name: 'complete',
    group,
    summary: 'Say that the work on a delivery is done',
    arguments: [delivery],
    options: [
      lease,
      { flags: '--reply <json>', text: 'the payload of the reply: JSON, or @file', parse: jsonValue },
      { flags: '--type <type>', text: 'of the reply' },
    ],
    examples: ['granger complete "$DELIVERY" --lease "$LEASE" --reply \'{"thumbnail":"cat-200.png"}\''],
    run: async (cli, [id = ''], { lease: token, reply: payload, type }) => {
      const reply = payload === undefined ? undefined : { payload, ...(type === undefined ? {} : { type }) };
      const outcome = await cli.hub.settle({ id, lease: token }, { verb: 'complete', reply });
      cli.out.one(outcome, outcomeText(outcome));
    },
  }),
  command<{ lease: string; code: string; message: string; final?: boolean; delay?: number }>({
    name: 'fail',
    group,
    summary: 'Say that the work on a delivery failed',
    arguments: [delivery],
    options: [
      lease,
      { flags: '--code <word>', text: 'of the error', fallback: 'failed' },
      { flags: '--message <text>', text: 'what went wrong', fallback: 'It failed.' },
      { flags: '--final', text: 'do not try again: it becomes a dead letter' },
      { flags: '--delay <seconds>', text: 'before the next attempt', parse: seconds },
    ],
    examples: ['granger fail "$DELIVERY" --lease "$LEASE" --code unreadable --message "This is no image."'],
    run: async (cli, [id = ''], { lease: token, code, message, final = false, delay: delaySeconds }) => {
      const failure = { error: { code, message }, retryable: !final, delaySeconds };
      const outcome = await cli.hub.settle({ id, lease: token }, { verb: 'fail', ...failure });
      cli.out.one(outcome, outcomeText(outcome));
    },
  }),
  command<ListOptions>({
    name: 'messages',
    group,
    summary: 'Find messages, newest first; with an id: one, its deliveries and its reply',
    arguments: [{ name: '[id]', text: 'as msg_7' }],
    options: [
      { flags: '--from <module>', text: 'that this one sent', completion: 'modules' },
      { flags: '--to <module>', text: 'that are for this one', completion: 'modules' },
      { flags: '--channel <name>', text: 'that went to this channel' },
      { flags: '--type <type>', text: 'of this type' },
      { flags: '--state <state>', text: 'with a delivery in this state' },
      { flags: '--conversation-id <id>', text: 'of this conversation' },
      { flags: '--correlation-id <id>', text: 'with this correlation' },
      { flags: '--after <time>', text: 'sent later than this' },
      { flags: '--before <time>', text: 'sent earlier than this' },
      { flags: '--q <words>', text: 'with these words in the payload' },
      { flags: '--limit <number>', text: 'most of them', parse: wholeNumber, fallback: 50 },
    ],
    examples: ['granger messages --to Resizer --state dead', 'granger messages "$MESSAGE"'],
    run: async (cli, [id], { limit, ...query }) => {
      if (id !== undefined) return await showMessage(cli, id);
      if (limit > 1000) throw new CliFailure(exitCodes.usage, 'At most 1000 are shown at once.');
      const { items } = await cli.hub.call<{ items: Message[] }>('GET', '/v1/messages', { query: { ...query, limit } });
      cli.out.list(items, messageColumns, 'There are no such messages.');
    },
  }),
];
