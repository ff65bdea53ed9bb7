import type { HubEvent, TaskTree } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { CliFailure, exitCodes } from './cli-failure.js';
import { tellOfLosses } from './listen-module.js';
import { tableText } from './table.js';
import { barText, type PlacedTask, placedTasks, treeColumns } from './task-columns.js';

const overStates = new Set<TaskTree['state']>(['completed', 'failed', 'cancelled']);

/** Until it is over, or Ctrl-C. @throws CliFailure where it did not complete */
export const watchTask = async (cli: Cli, id: string): Promise<void> => {
  const read = (): Promise<TaskTree> => cli.hub.call<TaskTree>('GET', `/v1/tasks/${encodeURIComponent(id)}/tree`);
  const { lastSeq } = (await cli.hub.stats()).events;
  const picture = new Picture(cli);
  let tree = await read();
  picture.show(tree);
  const options = { types: ['task.*'], after: lastSeq, signal: cli.signal, ...tellOfLosses(cli) };
  if (!overStates.has(tree.state)) {
    for await (const event of cli.hub.events(options)) {
      if (!concerns(tree, event)) continue;
      tree = await read();
      picture.show(tree);
      if (overStates.has(tree.state)) break;
    }
  }
  if (overStates.has(tree.state) && tree.state !== 'completed')
    throw new CliFailure(exitCodes.failed, `${id} is ${tree.state}: ${tree.error?.message ?? tree.title}`);
};

/** What happened to one of them; or a new one, which may be below them. */
const concerns = (tree: TaskTree, { type, subject: { taskId } }: HubEvent): boolean =>
  type === 'task.created' || placedTasks(tree).some(({ id }) => id === taskId);

/** Drawn again over itself on a terminal; elsewhere a line for each that has changed. */
class Picture {
  readonly #cli: Cli;
  #height = 0;
  #last = new Map<string, string>();

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  show(tree: TaskTree): void {
    const { out, io } = this.#cli;
    const tasks = placedTasks(tree);
    const lines = new Map(tasks.map((task) => [task.id, lineOf(task)]));
    const changed = tasks.filter(({ id }) => this.#last.get(id) !== lines.get(id));
    this.#last = lines;
    if (changed.length === 0) return;
    if (!out.isForPeople) out.next(tree, '');
    else if (io.isTerminal) this.#draw(tasks);
    else for (const { id } of changed) out.raw(`${lines.get(id)}\n`);
  }

  #draw(tasks: readonly PlacedTask[]): void {
    const { out } = this.#cli;
    const back = this.#height === 0 ? '' : `\u001b[${this.#height}A\u001b[J`;
    const text = tableText(tasks, treeColumns, { colors: out.colors, width: out.width });
    this.#height = text.split('\n').length - 1;
    out.raw(`${back}${text}`);
  }
}

const lineOf = ({ id, percent, state, title, note }: PlacedTask): string =>
  [id, barText(percent), state, title, note].filter((part) => part !== undefined).join('  ');
