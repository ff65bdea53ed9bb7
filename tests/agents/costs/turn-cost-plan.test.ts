import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Figures, spentInTurn, type Tokens } from '../../../src/agents/costs/turn-cost-plan.js';

const figures = (outputTokens: number, costUsd: number): Figures => ({
  inputTokens: outputTokens * 10,
  outputTokens,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costUsd,
});
const used = (outputTokens: number): Tokens => figures(outputTokens, 0);
const report = (models: Readonly<Record<string, Figures>>) => new Map(Object.entries(models));

const spent = (
  turn: { process: string; figures: ReadonlyMap<string, Figures>; used: Tokens },
  last?: { process: string; figures: ReadonlyMap<string, Figures> },
) =>
  Object.fromEntries([...spentInTurn(turn, last)].map(([model, each]) => [model, [each.outputTokens, each.costUsd]]));

test('the first report of a session is all spent in its turn', () => {
  assert.deepEqual(spent({ process: 'a', figures: report({ big: figures(5, 1) }), used: used(5) }), { big: [5, 1] });
});

test('a later report of the same process is the sum so far, by model', () => {
  const last = { process: 'a', figures: report({ big: figures(5, 1) }) };
  const now = report({ big: figures(8, 1.5), small: figures(2, 0.25) });
  assert.deepEqual(spent({ process: 'a', figures: now, used: used(3) }, last), { big: [3, 0.5], small: [2, 0.25] });
  assert.deepEqual(spent({ process: 'a', figures: last.figures, used: used(0) }, last), { big: [0, 0] });
});

test('a process that resumes a session begins at nothing', () => {
  const last = { process: 'a', figures: report({ big: figures(50, 10) }) };
  assert.deepEqual(spent({ process: 'b', figures: report({ big: figures(5, 1) }), used: used(5) }, last), {
    big: [5, 1],
  });
  const dear = report({ big: figures(52, 11) });
  assert.deepEqual(spent({ process: 'b', figures: dear, used: used(52) }, last), { big: [52, 11] }, 'a dear turn');
});

test('also where sub-agents have used more than the session before, as long as one kind of tokens tells', () => {
  const read = (outputTokens: number, cacheReadTokens: number) => ({ ...figures(outputTokens, 1), cacheReadTokens });
  const last = { process: 'a', figures: report({ big: read(10, 5000) }) };
  const turn = { process: 'b', figures: report({ big: read(40, 9000) }), used: { ...used(5), cacheReadTokens: 6000 } };
  assert.deepEqual(spent(turn, last), { big: [40, 1] });
});

test('or where the last process ended, where that is what it reports', () => {
  const last = { process: 'a', figures: report({ big: figures(50, 10), small: figures(4, 1) }) };
  const now = report({ big: figures(55, 11), small: figures(4, 1) });
  assert.deepEqual(spent({ process: 'b', figures: now, used: used(5) }, last), { big: [5, 1], small: [0, 0] });
  const without = report({ big: figures(55, 11) });
  assert.deepEqual(spent({ process: 'b', figures: without, used: used(5) }, last), { big: [55, 11] });
});

test('what has shrunk in one process has cost nothing, never less than that', () => {
  const last = { process: 'a', figures: report({ big: figures(5, 1) }) };
  assert.deepEqual(spent({ process: 'a', figures: report({ big: figures(4, 0.5) }), used: used(1) }, last), {
    big: [0, 0],
  });
});
