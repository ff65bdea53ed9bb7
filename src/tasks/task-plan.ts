/*
 *   percent of a task       = 100 * done / total, or what was said
 *   percent of a parent     = sum(weight * percent) / sum(weight) of its children, those that were cancelled left out
 *   a task is blocked while it has blockers: tasks that it depends on and that are not completed
 */

export interface Weighed {
  readonly weight: number;
  readonly percent: number;
  readonly state: string;
}

/** The percent of a parent; undefined where no child counts: it then stays as it is. */
export const percentOfChildren = (children: readonly Weighed[]): number | undefined => {
  const counted = children.filter(({ state }) => state !== 'cancelled');
  const weight = counted.reduce((sum, child) => sum + child.weight, 0);
  if (weight === 0) return undefined;
  return withinPercent(counted.reduce((sum, child) => sum + child.weight * child.percent, 0) / weight);
};

export const percentOfDone = (done: number, total: number): number => withinPercent((100 * done) / total);

/** Rounding may lead a hair beyond. */
const withinPercent = (percent: number): number => Math.min(100, Math.max(0, percent));

/** Who waits for whom: `[task, the task that it depends on]`. */
export type Dependency = readonly [task: number, dependsOn: number];

/**
 * The circle that would close if `task` depended on these, from the task back to itself; undefined where there is none. `edges` are the
 * dependencies that can be reached from them.
 */
export const circleOf = (
  task: number,
  dependsOn: readonly number[],
  edges: readonly Dependency[],
): readonly number[] | undefined => {
  const next = new Map<number, number[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const cameFrom = new Map<number, number>();
  const toVisit = [...dependsOn];
  for (const each of dependsOn) cameFrom.set(each, task);
  for (let each = toVisit.pop(); each !== undefined; each = toVisit.pop()) {
    if (each === task) return pathBack(task, cameFrom);
    for (const further of next.get(each) ?? []) {
      if (cameFrom.has(further)) continue;
      cameFrom.set(further, each);
      toVisit.push(further);
    }
  }
  return undefined;
};

const pathBack = (task: number, cameFrom: ReadonlyMap<number, number>): readonly number[] => {
  const path = [task];
  for (let each = cameFrom.get(task); each !== undefined && each !== task; each = cameFrom.get(each)) path.push(each);
  return [...path, task].reverse();
};
