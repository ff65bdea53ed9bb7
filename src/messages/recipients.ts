import { HubError } from '../lib/errors.js';
import type { NewMessage } from './message-schema.js';

/** One delivery to come: whose line it stands in, and who receives it where that is known. */
export interface Recipient {
  readonly queue: string;
  readonly module: string | null;
}

/** What the choice of recipients must know. */
export interface Participants {
  isModule(name: string): boolean;
  modules(): readonly string[];
  /** Names of the modules that have the capability and are not offline. */
  capable(capability: string): readonly string[];
  subscribers(channel: string): readonly string[];
  /** How much work waits for or is with a module. */
  load(module: string): number;
}

export const channelQueue = (channel: string): string => `#${channel}`;

const inbox = (module: string): Recipient => ({ queue: module, module });

/** Nobody gets its own broadcast. */
export const inboxesOf = (modules: readonly string[], sender: string): Recipient[] =>
  modules.filter((name) => name !== sender).map(inbox);

const targets = ['to', 'capability', 'channel'] as const;

/** @throws invalid_request unless exactly one of to, capability, channel or broadcast says whom it is for */
const checkTarget = (message: NewMessage): void => {
  const named = targets.filter((target) => message[target] !== undefined);
  const isBroadcast = message.broadcast === true;
  if (named.length === 1 && !(isBroadcast && named[0] !== 'channel')) return;
  if (named.length === 0 && isBroadcast) return;
  const found = named.length === 0 ? 'none' : [...named, ...(isBroadcast ? ['broadcast'] : [])].join(', ');
  throw new HubError(
    'invalid_request',
    `A message names one of to, capability, channel, or is a broadcast; this one names ${found}.`,
    {
      errors: [{ pointer: `/${named[1] ?? 'to'}`, message: 'exactly one of to, capability, channel is needed' }],
    },
  );
};

/** The least loaded; of equals the one whose name comes first. */
const leastLoaded = (names: readonly string[], load: (name: string) => number): string =>
  names.reduce((best, name) => (load(name) < load(best) || (load(name) === load(best) && name < best) ? name : best));

/**
 * Whom a message of `sender` is for. None is an ordinary answer for a broadcast.
 * @throws module_not_found, no_capable_module
 */
export const recipientsOf = (message: NewMessage, sender: string, participants: Participants): Recipient[] => {
  checkTarget(message);
  const { to, capability, channel, broadcast } = message;
  if (to !== undefined) {
    if (!participants.isModule(to)) throw unknownModule(to, '/to');
    return [inbox(to)];
  }
  if (capability !== undefined) {
    const able = participants.capable(capability).filter((name) => name !== sender);
    if (able.length === 0)
      throw new HubError('no_capable_module', `No live module has the capability ${JSON.stringify(capability)}.`);
    return [inbox(leastLoaded(able, (name) => participants.load(name)))];
  }
  if (channel !== undefined && broadcast !== true) return [{ queue: channelQueue(channel), module: null }];
  const all = channel === undefined ? participants.modules() : participants.subscribers(channel);
  return inboxesOf(all, sender);
};

export const unknownModule = (name: string, pointer: string): HubError =>
  new HubError('module_not_found', `There is no module named ${JSON.stringify(name)}.`, {
    errors: [{ pointer, message: 'is not registered' }],
  });
