import type { Task, TaskTree } from '../client/hub-types.js';
import type { Cli } from './cli.js';
import { command } from './command-spec.js';
import { wholeNumber } from './option-values.js';
import { tableText } from './table.js';
import { placedTasks, taskColumns, treeColumns } from './task-columns.js';
import { watchTask } from './watch-task.js';

const group = 'Tasks';

interface ListOptions {
  readonly limit: number;
  readonly [filter: string]: string | number | undefined;
}

const showTask = async (cli: Cli, id: string): Promise<void> => {
  const tree = await cli.hub.call<TaskTree>('GET', `/v1/tasks/${encodeURIComponent(id)}/tree`);
  if (!cli.out.isForPeople) return cli.out.one(tree);
  const { children, isWhole: _, ...task } = tree;
  cli.out.one(task);
  const below = children.flatMap((child) => placedTasks(child));
  if (below.length > 0)
    cli.out.raw(`\n${tableText(below, treeColumns, { colors: cli.out.colors, width: cli.out.width })}`);
};

export const taskCommands = [
  command<ListOptions>({
    name: 'tasks',
    group,
    summary: 'Tasks and how far they are, newest first',
    options: [
      { flags: '--state <state>', text: 'pending, running, completed ...' },
      { flags: '--kind <kind>', text: 'of this kind' },
      { flags: '--assignee <module>', text: 'of this module', completion: 'modules' },
      { flags: '--parent <id>', text: 'below this task' },
      { flags: '--message <id>', text: 'of this message' },
      { flags: '--q <words>', text: 'with these words in the title or the note' },
      { flags: '--limit <number>', text: 'most of them', parse: wholeNumber, fallback: 50 },
    ],
    examples: ['granger tasks --state running'],
    run: async (cli, _args, query) => {
      const { items } = await cli.hub.call<{ items: Task[] }>('GET', '/v1/tasks', { query });
      cli.out.list(items, taskColumns, 'There are no such tasks.');
    },
  }),
  command<{ watch?: boolean }>({
    name: 'task',
    group,
    summary: 'A task and those below it; with --watch: how they go on, until it is over',
    arguments: [{ name: '<id>', text: 'as task_7' }],
    options: [
      { flags: '-w, --watch', text: 'show progress until it is over; it ends with 1 unless the task is completed' },
    ],
    examples: ['granger task "$TASK"', 'granger task "$TASK" --watch'],
    run: (cli, [id = ''], { watch = false }) => (watch ? watchTask(cli, id) : showTask(cli, id)),
  }),
];
