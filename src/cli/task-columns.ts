import type { Task, TaskTree } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Colors } from './colors.js';
import type { Column } from './table.js';

const BAR_WIDTH = 20;

const stateColors: Readonly<Partial<Record<Task['state'], keyof Colors>>> = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  blocked: 'yellow',
  paused: 'yellow',
  cancelled: 'gray',
};

/** As `[#####---------------]  25%`. */
export const barText = (percent: number, width = BAR_WIDTH): string => {
  const bounded = Math.min(100, Math.max(0, percent));
  const full = Math.floor((bounded / 100) * width);
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}] ${String(Math.floor(bounded)).padStart(3)}%`;
};

const whatOf = ({ title, note, error }: Task): string =>
  [title, error?.message ?? note].filter((text) => text !== undefined).join(': ');

const stateColumns: readonly Column<Task>[] = [
  { head: 'PROGRESS', of: ({ percent }) => barText(percent) },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => stateColors[state] },
  { head: 'WHO', of: ({ assignee }) => assignee },
];

export const taskColumns: readonly Column<Task>[] = [
  { head: 'ID', of: ({ id }) => id },
  ...stateColumns,
  { head: 'AGE', of: ({ createdAt }) => ageText(createdAt), isRight: true },
  { head: 'KIND', of: ({ kind }) => kind },
  { head: 'TITLE', of: whatOf, isWide: true },
];

export interface PlacedTask extends Task {
  readonly depth: number;
}

/** Of a tree: children stand below their parent, further in. */
export const treeColumns: readonly Column<PlacedTask>[] = [
  { head: 'ID', of: ({ id, depth }) => `${'. '.repeat(depth)}${id}` },
  ...stateColumns,
  { head: 'TITLE', of: whatOf, isWide: true },
];

/** A task and all below it, parents first. */
export const placedTasks = ({ children, ...task }: TaskTree, depth = 0): readonly PlacedTask[] => [
  { ...task, depth },
  ...children.flatMap((child) => placedTasks(child, depth + 1)),
];
