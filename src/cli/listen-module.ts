import type { HubEvent, Message } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { eventLine } from './event-line.js';

/** Until Ctrl-C. */
export const listenModule = async (cli: Cli, module: string): Promise<void> => {
  await cli.hub.getModule(module);
  if (cli.out.isForPeople) cli.note(`Listening to ${module}; Ctrl-C ends it.`);
  const types = ['message.*', 'delivery.*', 'turn.*', 'module.*'];
  const events = cli.hub.events({ types, module, signal: cli.signal, ...tellOfLosses(cli) });
  for await (const event of events) {
    const message = event.type === 'message.sent' ? await messageOf(cli, event) : undefined;
    cli.out.next(message === undefined ? event : { ...event, message }, eventLine(event, cli.out.colors, message));
  }
};

export const tellOfLosses = (cli: Cli) => ({
  onReset: (oldestSeq: number) => cli.note(`Some events are not kept any more; it goes on with ${oldestSeq}.`),
  onLost: (error: Error) => cli.note(`${error.message}. Trying again.`),
});

/** Undefined where it is not kept any more. */
const messageOf = async (cli: Cli, { subject }: HubEvent): Promise<Message | undefined> =>
  await cli.hub.getMessage(subject.messageId ?? '').catch(() => undefined);
