import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceededBudget, type Spent } from '../../../src/agents/costs/budget-plan.js';

const now = Date.parse('2026-01-01T10:20:30Z');
const none: Spent = { turns: 0, tokens: 0, usd: 0 };

const exceeded = (budget: Parameters<typeof exceededBudget>[0], hour: Partial<Spent>, day: Partial<Spent> = hour) =>
  exceededBudget(budget, { hour: { ...none, ...hour }, day: { ...none, ...day } }, now);

test('there is room for a turn until a limit is reached', () => {
  for (const measure of ['turns', 'tokens', 'usd'] as const) {
    const budget = { hour: { [measure]: 3 } };
    assert.equal(exceeded(budget, { [measure]: 2 }), undefined);
    assert.deepEqual(exceeded(budget, { [measure]: 3 }), {
      period: 'hour',
      startsAt: Date.parse('2026-01-01T10:00:00Z'),
      resetsAt: Date.parse('2026-01-01T11:00:00Z'),
      measure,
      limit: 3,
      used: 3,
    });
  }
  assert.equal(exceeded({ hour: { turns: 0 } }, {})?.used, 0, 'a limit of nothing leaves no room');
  assert.equal(exceeded({}, { turns: 1000 }), undefined);
});

test('of two limits the one that holds up longer is told', () => {
  const found = exceeded({ hour: { turns: 1 }, day: { usd: 5 } }, { turns: 1 }, { usd: 6 });
  assert.deepEqual([found?.period, found?.measure], ['day', 'usd']);
  assert.equal(found?.resetsAt, Date.parse('2026-01-02T00:00:00Z'));
  assert.equal(exceeded({ hour: { turns: 1 }, day: { usd: 5 } }, { turns: 1 }, { usd: 4 })?.period, 'hour');
});
