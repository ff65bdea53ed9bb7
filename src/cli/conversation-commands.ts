import { writeFile } from 'node:fs/promises';
import type { Conversation, Message, NewMessage } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { command } from './command-spec.js';
import { conversationColumns, foundColumns } from './conversation-columns.js';
import { chatText } from './conversation-text.js';
import { oneOf, wholeNumber } from './option-values.js';
import { ask, messageOf, type QueryOptions, queryOptions } from './query-commands.js';

const group = 'Conversations';
const id = { name: '<id>', text: 'as conv_12' } as const;
const formats = ['json', 'jsonl', 'markdown'] as const;

const pathOf = (conversation: string): string => `/v1/conversations/${encodeURIComponent(conversation)}`;

const list = async (cli: Cli, query: Record<string, string | number | undefined>): Promise<Conversation[]> =>
  (await cli.hub.call<{ items: Conversation[] }>('GET', '/v1/conversations', { query })).items;

/** Whom to go on with: who is named, else the agent that it is with by default, else the only other one. */
const partnerIn = ({ participants, default: usual }: Conversation, from: string | undefined, to?: string): string => {
  const others = participants.filter((name) => name !== from);
  const partner = to ?? usual?.agent ?? (others.length === 1 ? others[0] : undefined);
  if (partner !== undefined) return partner;
  throw new CliFailure(exitCodes.usage, `With whom? There are ${participants.join(', ')}.`, 'Name one with --to.');
};

export const conversationCommands = [
  command<{ module?: string; state?: string; limit: number }>({
    name: 'list-conversations',
    group,
    summary: 'Conversations, those with the newest messages first',
    options: [
      { flags: '--module <name>', text: 'in which it takes part', completion: 'modules' },
      { flags: '--state <state>', text: 'active or archived', completion: ['active', 'archived'] },
      { flags: '--limit <number>', text: 'most of them', parse: wholeNumber, fallback: 50 },
    ],
    examples: ['granger list-conversations --module Analyst'],
    run: async (cli, _args, query) =>
      cli.out.list(await list(cli, { ...query }), conversationColumns, 'There are no such conversations.'),
  }),
  command<{ limit: number }>({
    name: 'show-conversation',
    group,
    summary: 'A conversation, with what was said last',
    arguments: [id],
    options: [{ flags: '--limit <number>', text: 'most messages', parse: wholeNumber, fallback: 50 }],
    examples: ['granger show-conversation "$CONVERSATION"'],
    run: async (cli, [conversation = ''], { limit }) => {
      const view = await cli.hub.call<Conversation>('GET', pathOf(conversation));
      const query = { order: 'desc', limit };
      const { items } = await cli.hub.call<{ items: Message[] }>('GET', `${pathOf(conversation)}/messages`, { query });
      const messages = items.reverse();
      cli.out.one({ ...view, messages }, chatText(view, messages, cli.out.colors));
    },
  }),
  command<QueryOptions & { to?: string }>({
    name: 'continue-conversation',
    group,
    summary: 'Say something more in a conversation, and show the reply',
    arguments: [id, { name: '<text>', text: 'what to say' }],
    options: [...queryOptions, { flags: '--to <module>', text: 'to whom', completion: 'modules' }],
    examples: ['granger continue-conversation "$CONVERSATION" "And what about yesterday?"'],
    run: async (cli, [conversation = '', text = ''], { to, ...options }) => {
      const view = await cli.hub.call<Conversation>('GET', pathOf(conversation));
      const from = options.from ?? view.default?.sender;
      const who = { to: partnerIn(view, from, to), ...(from === undefined ? {} : { from }) };
      const message = { ...messageOf(text, { ...options, conversation }), ...who };
      await ask(cli, message, options, (signed: NewMessage) => cli.hub.send(signed, { signal: cli.signal }));
    },
  }),
  command<{ module?: string; limit: number }>({
    name: 'search-conversations',
    group,
    summary: 'Conversations in which these words were said',
    arguments: [{ name: '<words>', text: 'or beginnings of words' }],
    options: [
      { flags: '--module <name>', text: 'in which it takes part', completion: 'modules' },
      { flags: '--limit <number>', text: 'most of them', parse: wholeNumber, fallback: 50 },
    ],
    examples: ['granger search-conversations "upload"'],
    run: async (cli, [words = ''], query) =>
      cli.out.list(await list(cli, { ...query, q: words }), foundColumns, 'Nobody has said that.'),
  }),
  command<{ id: string; format: string; out?: string }>({
    name: 'export-conversation',
    group,
    summary: 'A conversation as a file, or on stdout',
    options: [
      { flags: '--id <conversation>', text: 'as conv_12', isRequired: true },
      {
        flags: '--format <format>',
        text: formats.join(', '),
        parse: oneOf(...formats),
        completion: formats,
        fallback: 'json',
      },
      { flags: '-o, --out <file>', text: 'where to', completion: 'files' },
    ],
    examples: [
      'granger export-conversation --id "$CONVERSATION" --format markdown -o prices.md',
      'granger export-conversation --id "$CONVERSATION" --format jsonl',
    ],
    run: async (cli, _args, { id: conversation, format, out }) => {
      const text = await cli.hub.text('GET', `${pathOf(conversation)}/export`, { query: { format } });
      if (out === undefined) return cli.out.raw(text);
      await writeFile(out, text);
      cli.note(`${conversation} is in ${out}.`);
    },
  }),
  command<{ undo?: boolean }>({
    name: 'archive-conversation',
    group,
    summary: 'Put a conversation away; a new message brings it back',
    arguments: [id],
    options: [{ flags: '--undo', text: 'bring it back' }],
    examples: ['granger archive-conversation "$CONVERSATION"'],
    run: async (cli, [conversation = ''], { undo = false }) => {
      const body = { state: undo ? 'active' : 'archived' };
      const view = await cli.hub.call<Conversation>('PATCH', pathOf(conversation), { body });
      cli.out.one(view, `${view.id} is ${view.state}.`);
    },
  }),
];
