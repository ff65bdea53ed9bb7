import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barText } from '../../src/cli/task-columns.js';
import { shareHub } from '../support/shared-hub.js';
import { granger } from '../support/test-cli.js';

const hub = await shareHub();
const create = async (task: object): Promise<string> => (await hub.call('POST', '/v1/tasks', task)).body.id;
const patch = (id: string, change: object) => hub.call('PATCH', `/v1/tasks/${id}`, change);

test('a bar is as full as the task is far', () => {
  assert.deepEqual(
    [0, 24.9, 50, 99.9, 100, 120, -1].map((percent) => barText(percent, 4)),
    ['[----]   0%', '[----]  24%', '[##--]  50%', '[###-]  99%', '[####] 100%', '[####] 100%', '[----]   0%'],
  );
});

test('tasks are listed with their progress, and one is shown with those below it', async () => {
  const parent = await create({ title: 'Resize all', kind: 'shown' });
  const child = await create({ title: 'Resize cats', kind: 'shown', parentId: parent, total: 4 });
  await patch(child, { state: 'running', done: 1, note: 'cat 1 of 4' });
  const { stdout } = await granger(hub, 'tasks', '--kind', 'shown');
  assert.match(
    stdout,
    new RegExp(`${child} +\\[#####-+\\] +25% +running +- +\\d+[sm] +shown +Resize cats: cat 1 of 4`),
  );
  const { stdout: shown } = await granger(hub, 'task', parent);
  assert.match(shown, /^title +Resize all$/m);
  assert.match(shown, new RegExp(`^${child} +\\[#####-+\\] +25% +running`, 'm'));
  const tree = JSON.parse((await granger(hub, 'task', parent, '-o', 'json')).stdout);
  assert.equal(tree.children[0].id, child);
});

test('watching shows each change once, until the task is over', async () => {
  const parent = await create({ title: 'Resize all' });
  const child = await create({ title: 'Resize cats', parentId: parent });
  const steps = [
    { at: /0%/, change: { state: 'running', percent: 50 } },
    { at: /50%/, change: { state: 'completed' } },
  ];
  const watching = await granger(
    {
      ...hub,
      onOutput: (text) => {
        const [step] = steps;
        if (step === undefined || !step.at.test(text)) return;
        steps.shift();
        void patch(child, step.change).then(() =>
          steps.length === 0 ? patch(parent, { state: 'completed' }) : undefined,
        );
      },
    },
    ...['task', parent, '--watch'],
  );
  assert.equal(watching.code, 0, watching.stderr);
  assert.match(watching.stdout, new RegExp(`${child}  \\[#{10}-{10}\\]  50%  running`));
  assert.match(watching.stdout, new RegExp(`${parent}  \\[#{20}\\] 100%  completed`));
  const lines = watching.stdout.trimEnd().split('\n');
  assert.equal(new Set(lines).size, lines.length);
});

test('a task that fails while it is watched ends it with 1, and says why', async () => {
  const id = await create({ title: 'Resize dogs' });
  await patch(id, { state: 'running' });
  await patch(id, { state: 'failed', error: { message: 'There are no dogs.' } });
  const { code, stderr } = await granger(hub, 'task', id, '--watch');
  assert.equal(code, 1);
  assert.match(stderr, /failed: There are no dogs\./);
});

test('on a terminal the picture is drawn over itself', async () => {
  const id = await create({ title: 'Resize birds' });
  await patch(id, { state: 'running' });
  let isAsked = false;
  const { stdout } = await granger(
    {
      ...hub,
      isTerminal: true,
      onOutput: () => {
        if (!isAsked) void patch(id, { state: 'completed' });
        isAsked = true;
      },
    },
    ...['task', id, '--watch'],
  );
  assert.ok(stdout.includes('\u001b[2A\u001b[J'), JSON.stringify(stdout));
});

test('a task that is not there is not found', async () => {
  assert.equal((await granger(hub, 'task', 'task_999')).code, 3);
});
