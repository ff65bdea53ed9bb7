import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { keysOf } from '../../../src/cli/top/top-keys.js';
import {
  actionOf,
  moved,
  rowsOf,
  type Snapshot,
  selectedRow,
  startState,
  type TopState,
  withSnapshot,
  withWords,
} from '../../../src/cli/top/top-model.js';
import { screenLines } from '../../../src/cli/top/top-screen.js';

const at = '2026-01-01T00:00:00.000Z';
const snapshot = {
  stats: {
    version: '1.2.3',
    uptimeSeconds: 61,
    epoch: 'x',
    events: { oldestSeq: 1, lastSeq: 2 },
    messages: { pending: 3, leased: 1, dead: 1 },
    modules: 2,
    instances: 2,
    turns: { running: 1, waiting: 1 },
    cost: { todayUsd: 0.5 },
  },
  approvals: [{ id: 'apr_1', module: 'Agent', toolName: 'Bash', turnId: 'turn_1', input: { command: 'ls' } }],
  deadLetters: [
    {
      delivery: { id: 'dlv_9', module: 'Worker', error: { code: 'broken', message: 'It\u001b[2J broke.\nBadly.' } },
      message: { type: 'task' },
      attempts: [],
    },
  ],
  modules: [
    { name: 'Worker', status: 'offline' },
    { name: 'Agent', status: 'active' },
  ],
  queues: [
    { name: 'Worker', kind: 'module', pending: 3, leased: 0, dead: 1, processed: 7, oldestAgeSeconds: 90 },
    { name: 'Agent', kind: 'module', pending: 0, leased: 0, dead: 0, processed: 2, oldestAgeSeconds: null },
    { name: 'Worker', kind: 'channel', pending: 5, leased: 0, dead: 0, processed: 0, oldestAgeSeconds: 7200 },
  ],
  instances: [
    {
      id: 'inst_1',
      state: 'busy',
      module: 'Agent',
      conversationId: 'conv_1',
      turnId: 'turn_1',
      turns: 2,
      costUsd: 0.1,
      startedAt: at,
    },
    { id: 'inst_2', state: 'paused', module: 'Agent', turns: 0, costUsd: 0, startedAt: at },
  ],
  turns: [{ id: 'turn_1', state: 'waiting_approval', module: 'Agent' }],
} as unknown as Snapshot;

const state = withWords(withSnapshot(startState, snapshot), 'turn_1', 'First line\nand the last');
const keys = (of: TopState) => rowsOf(of).map(({ key }) => key);
const select = (key: string): TopState => ({ ...state, selected: key });

test('what asks, what is broken, the pool, queues with something in them, and turns, in this order', () => {
  assert.deepEqual(keys(state), [
    'apr_1',
    'offline Worker',
    'dlv_9',
    'inst_1',
    'inst_2',
    'queue Worker',
    'channel Worker',
    'turn_1',
  ]);
});

test('the first row is pointed at, and it moves between the ends', () => {
  assert.equal(selectedRow(state)?.key, 'apr_1');
  assert.equal(selectedRow(moved(state, -1))?.key, 'apr_1');
  assert.equal(selectedRow(moved(moved(state, 1), 1))?.key, 'dlv_9');
  assert.equal(selectedRow(moved(state, 99))?.key, 'turn_1');
});

test('what is pointed at stays so when others come, and falls back to the first when it is gone', () => {
  const selected = select('inst_2');
  const without = (approvals: Snapshot['approvals'], instances = snapshot.instances) =>
    selectedRow(withSnapshot(selected, { ...snapshot, approvals, instances }))?.key;
  assert.equal(without([]), 'inst_2');
  assert.equal(without(snapshot.approvals, []), 'apr_1');
});

test('every key on every row: what it does there, or nothing', () => {
  const table = Object.fromEntries(
    keys(state).map((key) => [
      key,
      (['a', 'd', 'p', 'i', 'r'] as const).map((each) => {
        const action = actionOf(select(key), each);
        return action === undefined ? '' : `${action.verb} ${action.id}`;
      }),
    ]),
  );
  assert.deepEqual(table, {
    apr_1: ['approve apr_1', 'deny apr_1', 'pause inst_1', 'interrupt inst_1', ''],
    'offline Worker': ['', '', '', '', ''],
    dlv_9: ['', '', '', '', 'redrive dlv_9'],
    inst_1: ['', '', 'pause inst_1', 'interrupt inst_1', ''],
    inst_2: ['', '', 'resume inst_2', 'interrupt inst_2', ''],
    'queue Worker': ['', '', '', '', ''],
    'channel Worker': ['', '', '', '', ''],
    turn_1: ['', '', 'pause inst_1', 'interrupt inst_1', ''],
  });
});

test('the words of turns that are over are forgotten', () => {
  assert.equal(withSnapshot(state, { ...snapshot, turns: [] }).words.size, 0);
});

const colors = picocolors.createColors(false);
const lines = (of: TopState, columns = 100, rows = 30) => screenLines(of, { columns, rows }, colors);

test('the screen names the hub, its sections, the row that is pointed at and the keys', () => {
  const screen = lines({ ...state, notice: 'approve apr_1: done' });
  assert.equal(screen.length, 30);
  assert.match(
    screen[0]!,
    /^granger 1\.2\.3 \| up 61 s \| 2 modules \| 3 wait, 1 leased, 1 dead \| .* \| \$0\.50 today$/,
  );
  for (const line of ['NEEDS ATTENTION', 'POOL', 'QUEUES', 'RUNNING TURNS']) assert.ok(screen.includes(line), line);
  assert.equal(screen.filter((line) => line.startsWith('>')).length, 1);
  assert.match(screen.find((line) => line.startsWith('>'))!, /approve\? +apr_1 +Agent +Bash +\{"command":"ls"\}/);
  assert.match(screen.find((line) => line.includes('waiting_approval'))!, /and the last$/);
  assert.match(
    screen.find((line) => line.includes('3 wait  '))!,
    /Worker +offline +3 wait +0 leased +1 dead +7 done +oldest 1m$/,
  );
  assert.match(
    screen.find((line) => line.includes('#Worker'))!,
    /channel +5 wait +0 leased +0 dead +0 done +oldest 2h$/,
  );
  assert.equal(screen.at(-2), 'approve apr_1: done');
  assert.match(screen.at(-1)!, /q quit/);
});

test('what others wrote moves no cursor and breaks no line', () => {
  const dead = lines(state).find((line) => line.includes('dlv_9'))!;
  assert.match(dead, /broken: It\[2J broke\. Badly\.$/);
});

test('on a small screen no line is too long, and the row that is pointed at is on it', () => {
  for (const key of keys(state)) {
    const screen = lines(select(key), 40, 8);
    assert.equal(screen.length, 8);
    assert.ok(screen.every((line) => line.length <= 40));
    assert.equal(screen.filter((line) => line.startsWith('>')).length, 1, key);
  }
});

test('a hub that is away is said so, with what was known of it', () => {
  const screen = lines({ ...state, isConnected: false });
  assert.match(screen[0]!, /cannot be reached/);
  assert.ok(screen.includes('POOL'));
});

test('arrows, letters and Ctrl-C are keys, many at once too', () => {
  assert.deepEqual(keysOf('\u001b[A\u001b[Bjka\u0003q\u001bOA'), [
    'up',
    'down',
    'down',
    'up',
    'a',
    'quit',
    'quit',
    'up',
  ]);
});
