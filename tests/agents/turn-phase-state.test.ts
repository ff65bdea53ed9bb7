import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  limitMsOf,
  newPhase,
  PHASE_LIMITS,
  type PhaseSign,
  type PhaseState,
  phaseAfter,
  turnPhases,
} from '../../src/agents/turn-phase-state.js';

const phasesOf = (signs: readonly PhaseSign[]): string[] => {
  let state: PhaseState = newPhase;
  return signs.map((sign) => {
    state = phaseAfter(state, sign);
    return state.phase;
  });
};

const asked = { kind: 'asked' } as const;
const session = { kind: 'session' } as const;
const text = { kind: 'text' } as const;
const use = (toolUseId: string): PhaseSign => ({ kind: 'tool_use', toolUseId });
const result = (toolUseId: string): PhaseSign => ({ kind: 'tool_result', toolUseId });
const question = (isOpen: boolean): PhaseSign => ({ kind: 'approval', isOpen });

test('a turn without tools is spawning, thinking and streaming', () => {
  assert.deepEqual(phasesOf([asked, session, { kind: 'thinking' }, text, text]), [
    'spawning',
    'thinking',
    'streaming',
    'streaming',
    'streaming',
  ]);
});

test('a turn is at its tools until the last of them has its result, and then thinks again', () => {
  assert.deepEqual(phasesOf([asked, session, use('a'), use('b'), result('a'), result('b'), text]).slice(2), [
    'tool',
    'tool',
    'tool',
    'thinking',
    'streaming',
  ]);
});

test('questions come before the tools that they are about', () => {
  const signs = [use('a'), use('b'), question(true), question(true), question(false), question(false), result('a')];
  assert.deepEqual(phasesOf(signs), ['tool', 'tool', 'approval', 'approval', 'approval', 'tool', 'tool']);
});

test('a retry of the API lasts until something is said, and a compaction until it is over', () => {
  const retry = { kind: 'api_retry', retryDelayMs: 5000 } as const;
  assert.deepEqual(phasesOf([asked, session, retry, retry, text]).slice(2), ['api_retry', 'api_retry', 'streaming']);
  const compacting = (isOver: boolean): PhaseSign => ({ kind: 'compacting', isOver });
  assert.deepEqual(phasesOf([compacting(false), compacting(true)]), ['compacting', 'thinking']);
});

test('words that follow words change nothing', () => {
  const streaming = phaseAfter(newPhase, text);
  assert.equal(phaseAfter(streaming, text), streaming);
});

test('every phase has its limit, and what the API asked to wait comes on top', () => {
  const limits = turnPhases.map((phase) => limitMsOf({ ...newPhase, phase, retryMs: 5000 }, PHASE_LIMITS));
  assert.deepEqual(limits, [
    Number.POSITIVE_INFINITY,
    60_000,
    300_000,
    120_000,
    1_800_000,
    65_000,
    604_800_000,
    300_000,
  ]);
});
