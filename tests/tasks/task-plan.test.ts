import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { circleOf, type Dependency, percentOfChildren, percentOfDone } from '../../src/tasks/task-plan.js';

const child = (percent: number, weight = 1, state = 'running') => ({ percent, weight, state });

test('the percent of a parent is the weighted mean of its children', () => {
  assert.equal(percentOfChildren([child(100), child(0)]), 50);
  assert.equal(percentOfChildren([child(100, 3), child(0, 1)]), 75);
  assert.equal(percentOfChildren([child(20, 1), child(50, 2), child(100, 1)]), 55);
});

test('a child that was cancelled does not count, and one that failed does', () => {
  assert.equal(percentOfChildren([child(100), child(10, 5, 'cancelled')]), 100);
  assert.equal(percentOfChildren([child(100), child(40, 1, 'failed')]), 70);
});

test('where no child counts there is no mean', () => {
  assert.equal(percentOfChildren([]), undefined);
  assert.equal(percentOfChildren([child(50, 1, 'cancelled')]), undefined);
});

test('a percent is within 0 and 100, and between the least and the greatest of the children', () => {
  const children = fc.array(
    fc.record({
      percent: fc.double({ min: 0, max: 100, noNaN: true }),
      weight: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      state: fc.constant('running'),
    }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(children, (all) => {
      const percent = percentOfChildren(all)!;
      const percents = all.map((each) => each.percent);
      assert.ok(percent >= 0 && percent <= 100);
      assert.ok(percent >= Math.min(...percents) - 1e-6 && percent <= Math.max(...percents) + 1e-6);
    }),
  );
});

test('what is done is a part of the total', () => {
  assert.equal(percentOfDone(0, 120), 0);
  assert.equal(percentOfDone(30, 120), 25);
  assert.equal(percentOfDone(120, 120), 100);
});

test('a circle of tasks that wait for each other is found, and named from the task back to itself', () => {
  const edges: Dependency[] = [
    [2, 3],
    [3, 4],
    [4, 1],
    [3, 5],
  ];
  assert.deepEqual(circleOf(1, [2], edges), [1, 2, 3, 4, 1]);
  assert.deepEqual(circleOf(1, [1], []), [1, 1]);
  assert.equal(circleOf(6, [2], edges), undefined);
  assert.equal(circleOf(1, [5], edges), undefined);
});

test('there is a circle exactly where the task can be reached from what it would depend on', () => {
  const node = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(node, fc.uniqueArray(node), fc.array(fc.tuple(node, node)), (task, dependsOn, edges) => {
      const reached = new Set(dependsOn);
      for (let size = -1; size !== reached.size; ) {
        size = reached.size;
        for (const [from, to] of edges) if (reached.has(from)) reached.add(to);
      }
      const circle = circleOf(task, dependsOn, edges);
      assert.equal(circle !== undefined, reached.has(task));
      if (circle === undefined) return;
      assert.deepEqual([circle[0], circle.at(-1)], [task, task]);
      assert.ok(dependsOn.includes(circle[1]!));
      for (let step = 1; step + 1 < circle.length; step++)
        assert.ok(edges.some(([from, to]) => from === circle[step] && to === circle[step + 1]));
    }),
  );
});
