import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgentHub, startAgentHub } from './agent-hub.js';

const tool = (name: string, input: object): string => `[[tool ${name} ${JSON.stringify(input)}]]`;
const create = tool('TaskCreate', { subject: 'A part', description: 'of the work' });
const complete = (taskId: string): string => tool('TaskUpdate', { taskId, status: 'completed' });
const todos = (...statuses: string[]): string =>
  tool('TodoWrite', { todos: statuses.map((status) => ({ content: 'Work', status, activeForm: 'Working' })) });

/** What the task of a message was said to be at, one after the other, and how it ended. */
const percentsOf = async (hub: AgentHub, request: string) => {
  const { taskId, reply } = await hub.ask(request);
  assert.equal(reply.payload.status, 'SUCCESS', JSON.stringify(reply.payload));
  const events = await hub.events({ task: taskId, types: 'task.progressed' });
  const { state, percent } = await hub.get(`/v1/tasks/${taskId}`);
  return { percents: events.map(({ data }) => data.percent), state, percent };
};

test('the task of a message rises with the list that its agent keeps, and is full only when it is done', async (t) => {
  const hub = await startAgentHub(t);
  const request = [create, create, complete('1'), create, create, complete('2'), complete('3'), complete('4')];
  assert.deepEqual(await percentsOf(hub, `${request.join(' ')} [[say done]]`), {
    percents: [50, 75, 99],
    state: 'completed',
    percent: 100,
  });
});

test('so it does in a CLI that writes the whole list each time', async (t) => {
  const hub = await startAgentHub(t, { settings: { CLAUDE_CODE_ENABLE_TASKS: '0' } });
  const request = [todos('in_progress', 'pending'), todos('completed', 'in_progress'), todos('completed', 'completed')];
  assert.deepEqual(await percentsOf(hub, `${request.join(' ')} [[say done]]`), {
    percents: [50, 99],
    state: 'completed',
    percent: 100,
  });
});

test('what the agent reports itself goes before its list', async (t) => {
  const hub = await startAgentHub(t);
  const report = tool('mcp__hub__report_progress', { percent: 10, note: 'By hand' });
  const request = [create, create, create, complete('1'), report, complete('2')];
  const { percents } = await percentsOf(hub, `${request.join(' ')} [[say done]]`);
  // The report may overtake what the list said before it.
  assert.deepEqual(
    percents.filter((percent) => percent !== 33),
    [10],
  );
  assert.equal(percents.at(-1), 10);
});
