import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTaskOver, moveTask, taskStates, taskVerbs, wayTo } from '../../src/tasks/task-state.js';

// Every pair, written out: a move that is added or lost by mistake shows here.
const allowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  start: { pending: 'running' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  complete: { running: 'completed' },
  fail: { running: 'failed' },
  cancel: { pending: 'cancelled', blocked: 'cancelled', running: 'cancelled', paused: 'cancelled' },
  release: { running: 'pending', paused: 'pending' },
  retry: { failed: 'pending', cancelled: 'pending' },
  block: { pending: 'blocked' },
  unblock: { blocked: 'pending' },
};

for (const verb of taskVerbs) {
  for (const state of taskStates) {
    const next = allowed[verb]?.[state];
    test(`${verb} of a ${state} task ${next === undefined ? 'is refused' : `makes it ${next}`}`, () => {
      assert.equal(moveTask(state, verb), next);
    });
  }
}

test('a task is over when only a retry, or nothing, can move it', () => {
  const isMovable = (state: (typeof taskStates)[number]) =>
    taskVerbs.some((verb) => verb !== 'retry' && moveTask(state, verb) !== undefined);
  assert.deepEqual(
    taskStates.filter(isTaskOver),
    taskStates.filter((state) => !isMovable(state)),
  );
});

/** What may be asked for: `-` nothing to do, else the verbs on the way. All other pairs are refused. */
const ways: Readonly<Record<string, string>> = {
  'pending pending': '-',
  'pending running': 'start',
  'pending completed': 'start complete',
  'pending failed': 'start fail',
  'pending cancelled': 'cancel',
  'blocked blocked': '-',
  'blocked cancelled': 'cancel',
  'running running': '-',
  'running paused': 'pause',
  'running completed': 'complete',
  'running failed': 'fail',
  'running cancelled': 'cancel',
  'running pending': 'release',
  'paused paused': '-',
  'paused running': 'resume',
  'paused completed': 'resume complete',
  'paused failed': 'resume fail',
  'paused cancelled': 'cancel',
  'paused pending': 'release',
  'failed pending': 'retry',
  'cancelled pending': 'retry',
};

for (const from of taskStates) {
  for (const to of taskStates) {
    const way = ways[`${from} ${to}`];
    test(`from ${from} to ${to}: ${way === undefined ? 'no way' : way === '-' ? 'nothing to do' : way}`, () => {
      assert.deepEqual(wayTo(from, to), way === undefined ? undefined : way === '-' ? [] : way.split(' '));
    });
  }
}

test('every way is one that the moves allow, and ends where it leads', () => {
  for (const from of taskStates) {
    for (const to of taskStates) {
      let state: string | undefined = from;
      for (const verb of wayTo(from, to) ?? []) state = moveTask(state as typeof from, verb);
      assert.equal(state, wayTo(from, to) === undefined ? from : to, `${from} -> ${to}`);
    }
  }
});
