import type { HubEvent, Instance, TurnOutput } from '../client/hub-types.js';
import { clockText } from './age.js';
import type { Cli } from './cli.js';
import { eventLine } from './event-line.js';
import { pathOfInstance } from './instance-path.js';
import { tellOfLosses } from './listen-module.js';
import { plainText } from './plain-text.js';

const ends = new Set(['instance.stopped', 'instance.crashed']);

/** Until it ends, or Ctrl-C. What it has said of the turn that it is at comes first. */
export const monitorInstance = async (cli: Cli, id: string): Promise<void> => {
  const get = (): Promise<Instance> => cli.hub.call<Instance>('GET', pathOfInstance(id));
  const { lastSeq } = (await cli.hub.stats()).events;
  const { module, state, turnId } = await get();
  const screen = new Screen(cli);
  if (cli.out.isForPeople) cli.note(`${id} of ${module} is ${state}; Ctrl-C ends this.`);
  const turns = new Map<string, number>();
  if (turnId !== undefined) turns.set(turnId, await screen.soFar(turnId));
  const types = ['turn.*', 'instance.*'];
  const options = { types, module, after: lastSeq, signal: cli.signal, ...tellOfLosses(cli) };
  for await (const event of cli.hub.events(options)) {
    const turn = event.subject.turnId ?? '';
    // An event of a turn names its conversation, which is that of the instance for as long as it has one.
    if (turn !== '' && !turns.has(turn) && (await get()).conversationId === event.subject.conversationId)
      turns.set(turn, event.type === 'turn.started' ? 0 : await screen.soFar(turn));
    if (event.subject.instanceId !== id && !turns.has(turn)) continue;
    if (offsetOf(event) < (turns.get(turn) ?? 0)) continue;
    screen.show(event);
    if (ends.has(event.type)) return;
  }
};

const offsetOf = ({ data }: HubEvent): number => (data as { offset?: number }).offset ?? Number.POSITIVE_INFINITY;

/** Words run on; everything else has a line of its own. */
class Screen {
  readonly #cli: Cli;
  #isAtLineStart = true;

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  /** @returns where it goes on */
  async soFar(turnId: string): Promise<number> {
    const { text, nextOffset } = await this.#cli.hub.call<TurnOutput>('GET', `/v1/turns/${turnId}/output`);
    if (this.#cli.out.isForPeople) this.#words(text);
    return nextOffset;
  }

  show(event: HubEvent): void {
    const { kind, text = '' } = event.data as { kind?: string; text?: string };
    if (!this.#cli.out.isForPeople) this.#cli.out.next(event, '');
    else if (event.type === 'turn.output' && kind === 'text') this.#words(text);
    else if (kind !== 'thinking') this.#line(event, text);
  }

  #line(event: HubEvent, text: string): void {
    const { out } = this.#cli;
    const { kind = '' } = event.data as { kind?: string };
    const isTool = kind.startsWith('tool_');
    this.#newLine();
    out.raw(
      `${isTool ? `${clockText(event.at)}  ${kind}  ${out.colors.dim(plainText(text))}` : eventLine(event, out.colors)}\n`,
    );
  }

  #words(text: string): void {
    this.#cli.out.raw(plainText(text));
    if (text !== '') this.#isAtLineStart = text.endsWith('\n');
  }

  #newLine(): void {
    if (!this.#isAtLineStart) this.#cli.out.raw('\n');
    this.#isAtLineStart = true;
  }
}
