import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyJson } from '../support/broker-client.js';
import { openTasks } from './task-bench.js';

const titlesOf = (items: readonly AnyJson[]): string[] => items.map(({ title }) => title);

test('tasks are found by what they are, newest first, page by page', async (t) => {
  const { bench, create, claim, patch, clock } = await openTasks(t);
  const a = await create({ title: 'Resize images', kind: 'resize' });
  const b = await create({ title: 'Upload', parentId: a.id });
  clock.advance(1000);
  const c = await create({ title: 'Notify 100%_done', kind: 'mail', dependsOn: [b.id] });
  await claim(b.id);
  await patch(b.id, { note: 'the IMAGES go out' });
  const list = async (query: string) => titlesOf((await bench.expect(200, 'GET', `/v1/tasks?${query}`)).items);
  assert.deepEqual(await list(''), [c.title, b.title, a.title]);
  assert.deepEqual(await list('state=blocked'), [c.title]);
  assert.deepEqual(await list('kind=resize'), [a.title]);
  assert.deepEqual(await list('assignee=Worker'), [b.title]);
  assert.deepEqual(await list(`parent=${a.id}`), [b.title]);
  assert.deepEqual(await list('q=images'), [b.title, a.title]);
  assert.deepEqual(await list('q=100%25_'), [c.title]);
  assert.deepEqual(await list('q=100xx'), []);
  const at = new Date(clock.now()).toISOString();
  assert.deepEqual(await list(`before=${at}`), [b.title, a.title]);
  assert.deepEqual(await list(`after=${new Date(clock.now() - 1).toISOString()}`), [c.title]);
  const first = await bench.expect(200, 'GET', '/v1/tasks?limit=2');
  assert.deepEqual(titlesOf(first.items), [c.title, b.title]);
  const second = await bench.expect(200, 'GET', `/v1/tasks?limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual([titlesOf(second.items), second.nextCursor], [[a.title], null]);
  await bench.expect(400, 'GET', '/v1/tasks?state=lost');
  assert.deepEqual(await list('parent=nonsense'), []);
});

test('the log of a task has levels, is read in order, and its errors and warnings are counted', async (t) => {
  const { bench, create, get, events, refused } = await openTasks(t);
  const { id } = await create();
  const path = `/v1/tasks/${id}/log`;
  for (const level of ['info', 'warn', 'warning', 'error', 'debug'])
    await bench.expect(201, 'POST', path, { level, message: `a ${level}`, data: { level } });
  await bench.expect(201, 'POST', path, { message: 'no level' });
  const { warningCount, errorCount } = await get(id);
  assert.deepEqual([warningCount, errorCount], [2, 1]);
  const read = async (query: string): Promise<AnyJson> => await bench.expect(200, 'GET', `${path}?${query}`);
  const messagesOf = ({ items }: AnyJson): string[] => items.map(({ message }: AnyJson) => message);
  assert.deepEqual(messagesOf(await read('level=warn')), ['a warn', 'a warning']);
  const page = await read('limit=4');
  assert.deepEqual(messagesOf(page), ['a info', 'a warn', 'a warning', 'a error']);
  assert.deepEqual(page.items[3].data, { level: 'error' });
  assert.deepEqual(messagesOf(await read(`limit=4&cursor=${page.nextCursor}`)), ['a debug', 'no level']);
  assert.equal((await events(id)).filter((type) => type === 'task.logged').length, 6);
  assert.equal(await refused(400, 'POST', path, { level: 'loud', message: 'x' }), 'invalid_request');
  assert.equal(await refused(404, 'GET', '/v1/tasks/task_99/log'), 'task_not_found');
});

test('an export has every task that fits, as lines of JSON or as CSV', async (t) => {
  const { bench, create } = await openTasks(t);
  const many = 1203;
  const { tasks } = bench.parts;
  await Promise.all(
    Array.from({ length: many }, (_, n) => tasks.create({ title: `Task ${n}`, kind: 'many' }, undefined)),
  );
  await create({ title: 'other', kind: 'other' });
  const lines = (await bench.expect(200, 'GET', '/v1/tasks/export?format=jsonl&kind=many')).trimEnd().split('\n');
  assert.equal(lines.length, many);
  const numbers = lines.map((line: string) => Number(JSON.parse(line).title.slice(5)));
  assert.deepEqual(
    numbers,
    Array.from({ length: many }, (_, n) => many - 1 - n),
  );
  const csv: string = await bench.expect(200, 'GET', '/v1/tasks/export?format=csv&kind=other');
  const [header, line, end] = csv.split('\r\n');
  assert.match(header!, /^id,title,kind,state,percent,/);
  assert.match(line!, /^task_\d+,other,other,pending,0,1,/);
  assert.equal(end, '');
  await bench.expect(400, 'GET', '/v1/tasks/export?format=xls');
});

test('in CSV no text is a formula, and commas, quotes and new lines stay within their cell', async (t) => {
  const { bench, create, patch } = await openTasks(t);
  for (const title of ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx', 'plain, with "quotes"', 'two\nlines'])
    await create({ title });
  const { id } = await create({ title: 'fine' });
  await patch(id, { note: '=2+3' });
  const csv: string = await bench.expect(200, 'GET', '/v1/tasks/export?format=csv');
  const lines = csv.split('\r\n').slice(1, -1);
  const cells = lines.map((line) => /^task_\d+,((?:"(?:[^"]|"")*")|[^,]*),/.exec(line)![1]!);
  assert.deepEqual(cells.toReversed(), [
    `"'=HYPERLINK(""http://x"")"`,
    `'+1`,
    `'-1`,
    `'@SUM(A1)`,
    `'\tx`,
    '"plain, with ""quotes"""',
    '"two\nlines"',
    'fine',
  ]);
  assert.ok(lines[0]!.includes(",'=2+3,"));
});
