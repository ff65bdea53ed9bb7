import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TerminationTarget, terminateProcess } from '../../../src/agents/drivers/terminate-process.js';

const NO_PATIENCE = { interruptMs: 1, closeMs: 1, termMs: 1, killMs: 1 };

/** A process that exits at the given step, and remembers what it was told. */
function processThatExitsAt(step: string): TerminationTarget & { steps: string[] } {
  const steps: string[] = [];
  let exit = () => {};
  const exited = new Promise<void>((resolve) => {
    exit = resolve;
  });
  const hear = (heard: string) => {
    steps.push(heard);
    if (heard === step) exit();
  };
  return {
    steps,
    exited,
    interrupt: async () => hear('interrupt'),
    closeInput: () => hear('close'),
    signal: hear,
    endTagged: async () => hear('scan'),
  };
}

const LADDERS: readonly (readonly [string, readonly string[]])[] = [
  ['close', ['SIGCONT', 'interrupt', 'close', 'scan']],
  ['SIGTERM', ['SIGCONT', 'interrupt', 'close', 'SIGTERM', 'scan']],
  ['SIGKILL', ['SIGCONT', 'interrupt', 'close', 'SIGTERM', 'SIGKILL', 'scan']],
  ['never', ['SIGCONT', 'interrupt', 'close', 'SIGTERM', 'SIGKILL', 'scan']],
];

for (const [step, steps] of LADDERS) {
  test(`a process that exits at ${step} hears nothing harder`, async () => {
    const target = processThatExitsAt(step);
    await terminateProcess(target, NO_PATIENCE);
    assert.deepEqual(target.steps, steps);
  });
}

test('an interrupt that never succeeds does not hold up the rest', async () => {
  const target = { ...processThatExitsAt('close'), interrupt: () => new Promise<void>(() => {}) };
  await terminateProcess(target, NO_PATIENCE);
  assert.deepEqual(target.steps, ['SIGCONT', 'close', 'scan']);
});
