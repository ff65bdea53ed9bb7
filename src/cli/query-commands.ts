import type { HubEvent, Message, NewMessage, SentMessage } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command, type OptionSpec } from './command-spec.js';
import { jsonValue, seconds } from './option-values.js';
import { plainText } from './plain-text.js';

const DEFAULT_WAIT_SECONDS = 600;

export interface QueryOptions {
  readonly from?: string;
  readonly with?: unknown;
  readonly type?: string;
  readonly conversation?: string;
  readonly wait: number;
  readonly background?: boolean;
  readonly stream?: boolean;
}

export const queryOptions: readonly OptionSpec[] = [
  { flags: '--from <module>', text: 'who asks; Operator, or the module of the key', completion: 'modules' },
  { flags: '--with <json>', text: 'fields to go beside the question: JSON, or @file', parse: jsonValue },
  { flags: '--type <type>', text: 'of the message', fallback: 'query' },
  { flags: '--wait <seconds>', text: 'how long to wait for the reply', parse: seconds, fallback: DEFAULT_WAIT_SECONDS },
  { flags: '--background', text: 'do not wait; say the id of the message' },
  { flags: '--stream', text: 'show the words of an agent as they come' },
];

export const queryCommands = [
  command<QueryOptions>({
    name: 'query-module',
    group: 'Modules',
    summary: 'Ask a module, and show what it replies',
    arguments: [
      { name: '<name>', text: 'of the module', completion: 'modules' },
      { name: '<text>', text: 'the question' },
    ],
    options: [...queryOptions, { flags: '--conversation <id>', text: 'to go on with' }],
    examples: [
      'granger query-module Analyst "Which upload stands out?" --with \'{"batch":[120,80,4200,95]}\'',
      'granger query-module Analyst "Look at the logs" --background',
      'granger query-module Analyst "Tell me a story" --stream --from Web',
    ],
    run: async (cli, [to = '', text = ''], options) => {
      const send = (message: NewMessage) => cli.hub.send(message, { signal: cli.signal });
      await ask(cli, { ...messageOf(text, options), to }, options, send);
    },
  }),
];

/** The question is what an agent takes for the request; what goes beside it is the rest of the payload. */
export const messageOf = (text: string, { from, with: data, type, conversation }: QueryOptions): NewMessage => {
  const isFields = typeof data === 'object' && data !== null && !Array.isArray(data);
  return {
    payload: { ...(isFields ? data : data === undefined ? {} : { data }), message: text },
    ...(from === undefined ? {} : { from }),
    ...(type === undefined ? {} : { type }),
    ...(conversation === undefined ? {} : { conversationId: conversation }),
  };
};

/** Sends, and shows the reply as it was wished. */
export const ask = async (
  cli: Cli,
  message: NewMessage,
  options: QueryOptions,
  send: (message: NewMessage) => Promise<SentMessage>,
): Promise<void> => {
  const { events } = options.stream === true ? await cli.hub.stats() : { events: { lastSeq: 0 } };
  const sent = await cli.speak(message, send);
  if (options.background === true) return cli.out.one({ id: sent.id }, sent.id);
  const watching = new AbortController();
  const streaming = options.stream === true && cli.out.isForPeople;
  const shown = streaming ? showWords(cli, sent.id, { after: events.lastSeq, signal: watching.signal }) : undefined;
  try {
    showReply(cli, await replyTo(cli, sent.id, options.wait), await shown);
  } finally {
    watching.abort();
    await shown?.catch(() => undefined);
  }
};

const replyTo = async (cli: Cli, id: string, waitSeconds: number): Promise<Message> => {
  const reply = await cli.hub.awaitReply(id, { waitSeconds, signal: cli.signal });
  if (reply !== undefined) return reply;
  const hint = `It can come later: granger messages ${id}`;
  throw new CliFailure(exitCodes.timeout, `There was no reply to ${id} within ${waitSeconds} s.`, hint);
};

const endings = ['delivery.completed', 'delivery.died', 'delivery.expired', 'delivery.cancelled'];

/** What an agent says, until its delivery is over. @returns whether it said anything */
const showWords = async (
  cli: Cli,
  message: string,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): Promise<boolean> => {
  let last = '';
  const both = AbortSignal.any([signal, cli.signal]);
  for await (const event of cli.hub.events({ types: ['turn.*', ...endings], message, after, signal: both })) {
    if (endings.includes(event.type)) break;
    last = wordsOf(event) ?? last;
    cli.out.raw(wordsOf(event) ?? '');
  }
  if (last !== '' && !last.endsWith('\n')) cli.out.raw('\n');
  return last !== '';
};

export const wordsOf = ({ type, data }: HubEvent): string | undefined => {
  const { kind, text } = data as { kind?: string; text?: string };
  return type === 'turn.output' && kind === 'text' ? plainText(text ?? '') : undefined;
};

/** An agent's reply has a status and its words; any other is shown as it is. */
const showReply = (cli: Cli, reply: Message, wasShown = false): void => {
  const { status, response, error } = (reply.payload ?? {}) as Partial<Record<string, unknown>>;
  if (status === 'ERROR') {
    if (!cli.out.isForPeople) cli.out.one(reply);
    const { message = String(error) } = (error ?? {}) as { message?: string };
    throw new CliFailure(exitCodes.failed, message, `granger messages ${reply.replyTo} tells more.`);
  }
  const text = typeof response === 'string' ? plainText(response) : JSON.stringify(reply.payload, null, 2);
  if (!wasShown || !cli.out.isForPeople) cli.out.one(reply, text);
};
