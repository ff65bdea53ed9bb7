import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkList } from '../../src/agents/work-list.js';

let uses = 0;

/** A tool that is used and has answered. @returns what the list says then */
const use = (
  list: WorkList,
  name: string,
  input: Record<string, unknown>,
  {
    text = 'done',
    isError = false,
    parentToolUseId,
  }: { text?: string; isError?: boolean; parentToolUseId?: string } = {},
): number | undefined => {
  const toolUseId = `use_${++uses}`;
  assert.equal(list.hear({ kind: 'tool_use', toolUseId, name, input, parentToolUseId }), undefined);
  return list.hear({ kind: 'tool_result', toolUseId, text, isError, parentToolUseId });
};

const todos = (...statuses: string[]) => ({ todos: statuses.map((status) => ({ content: 'Work', status })) });

test('of a list that is written anew each time, what is completed counts', () => {
  const list = new WorkList();
  assert.equal(use(list, 'TodoWrite', todos('in_progress', 'pending', 'pending')), 0);
  assert.equal(use(list, 'TodoWrite', todos('completed', 'in_progress', 'pending')), 33);
  assert.equal(use(list, 'TodoWrite', todos('completed', 'completed')), 99, 'it is not over before it is');
});

test('of a list that is changed one by one, too', () => {
  const list = new WorkList();
  const create = (id: number) =>
    use(list, 'TaskCreate', { subject: 'Work' }, { text: `Task #${id} created successfully: Work` });
  assert.deepEqual([create(1), create(2), create(3)], [0, 0, 0]);
  assert.equal(use(list, 'TaskUpdate', { taskId: '1', status: 'completed' }), 33);
  assert.equal(use(list, 'TaskUpdate', { taskId: '2', owner: 'me' }), 33);
  assert.equal(use(list, 'TaskUpdate', { taskId: '3', status: 'deleted' }), 50);
  assert.equal(use(list, 'TaskUpdate', { taskId: '7', status: 'completed' }), 66, 'of an earlier turn');
});

test('what a tool refused, what a sub-agent plans, and what is no list says nothing', () => {
  const list = new WorkList();
  assert.equal(use(list, 'TodoWrite', todos('completed', 'pending'), { isError: true }), undefined);
  assert.equal(use(list, 'TodoWrite', todos('completed', 'pending'), { parentToolUseId: 'use_0' }), undefined);
  for (const input of [{}, { todos: 'all' }, { todos: [] }]) assert.equal(use(list, 'TodoWrite', input), undefined);
  assert.equal(use(list, 'TaskCreate', { subject: 'Work' }, { text: 'as you like' }), undefined);
  assert.equal(use(list, 'Bash', { command: 'ls' }), undefined);
  assert.equal(use(list, 'TodoWrite', { todos: [null, 'x', { status: 'lost' }, { status: 'completed' }] }), 25);
});
