import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyEvents,
  applyHistory,
  initialState,
  reset,
  runningFirst,
  withTurn,
} from '../../src/dashboard/live-state.js';
import { noText } from '../../src/dashboard/turn-text.js';

const start = Date.parse('2026-01-01T00:00:00Z');
let lastSeq = 0;
const event = (type: string, subject: object = {}, data: object = {}, seq = ++lastSeq) => ({
  seq,
  type,
  at: new Date(start + seq * 1000).toISOString(),
  subject,
  data,
});
const turnEvent = (type: string, data: object = {}, turnId = 'turn_1') =>
  event(type, { module: 'Analyst', messageId: 'msg_1', conversationId: 'conv_1', turnId }, data);
const words = (offset: number, text: string) => turnEvent('turn.output', { kind: 'text', offset, text });
const said = (state: ReturnType<typeof initialState>, id = 'turn_1') =>
  state.turns.get(id)?.pieces.map(({ text }) => text);

test('events move the cursor, and those that came before change nothing', () => {
  const [first, second] = [event('message.sent'), event('delivery.claimed')];
  const state = applyEvents(initialState(), [first, second]);
  assert.equal(state.seq, second.seq);
  assert.equal(applyEvents(state, [first, second]), state);
});

test('an event is news of its noun and of its type, and words are no news of their turn', () => {
  const state = applyEvents(initialState(), [
    event('delivery.died'),
    event('delivery.claimed'),
    turnEvent('turn.started'),
    words(0, 'Hello'),
  ]);
  assert.deepEqual(state.revisions, {
    delivery: 2,
    'delivery.died': 1,
    'delivery.claimed': 1,
    turn: 1,
    'turn.started': 1,
    'turn.output': 1,
  });
});

test('only the newest thousand events are kept', () => {
  const many = Array.from({ length: 1500 }, () => event('message.sent'));
  const state = applyEvents(initialState(), many);
  assert.deepEqual([state.events.length, state.events.at(-1)?.seq], [1000, many.at(-1)?.seq]);
});

test('what was sent and completed is counted for the hub and for the queue', () => {
  const now = start + (lastSeq + 4) * 1000;
  const state = applyEvents(initialState(), [
    event('message.sent', { module: 'B' }, { to: 'B' }),
    event('message.sent', { module: 'A' }, { channel: 'news' }),
    event('delivery.completed', { module: 'B' }),
    event('delivery.died', { module: 'B' }),
  ]);
  const count = (name: string) => state.rates.series(name, now).reduce((sum, each) => sum + each, 0);
  assert.deepEqual(['sent', 'sent B', 'sent #news', 'done B', 'failed B'].map(count), [2, 1, 1, 1, 1]);
});

test('history goes before what was seen, once', () => {
  const [old, seen] = [event('message.sent'), event('message.sent')];
  const state = applyHistory(applyEvents(initialState(), [seen]), [old, seen]);
  assert.deepEqual(
    state.events.map(({ seq }) => seq),
    [old.seq, seen.seq],
  );
});

test('a turn is seen from its start over its words to its end', () => {
  let state = applyEvents(initialState(), [
    turnEvent('turn.started', { from: 'Web' }),
    words(0, 'Hel'),
    words(3, 'lo'),
  ]);
  assert.deepEqual(said(state), ['Hello']);
  const turn = state.turns.get('turn_1');
  assert.deepEqual([turn?.state, turn?.from, turn?.isWhole], ['running', 'Web', true]);
  state = applyEvents(state, [turnEvent('turn.succeeded')]);
  assert.equal(state.turns.get('turn_1')?.state, 'succeeded');
});

/** As the hub answers it while it runs, with nothing said yet. */
const readTurn = {
  id: 'turn_1',
  module: 'Analyst',
  messageId: 'msg_1',
  conversationId: 'conv_1',
  state: 'running',
  from: undefined,
  startedAt: start,
  endedAt: undefined,
  ...noText,
};

test('a turn that was met in its middle is made whole by what is read of it', () => {
  const met = applyEvents(initialState(), [words(6, 'world')]);
  assert.equal(met.turns.get('turn_1')?.isWhole, false);
  const text = { ...noText, pieces: [{ kind: 'text' as const, offset: 0, text: 'Hello wo' }], nextOffset: 8 };
  const whole = withTurn(met, { ...readTurn, ...text });
  assert.deepEqual(said(whole), ['Hello world']);
  assert.equal(whole.turns.get('turn_1')?.isWhole, true);
});

test('what is read late does not wake a turn that has ended', () => {
  const over = applyEvents(initialState(), [turnEvent('turn.started'), turnEvent('turn.failed')]);
  assert.equal(withTurn(over, readTurn), over);
});

test('those that run stand first, and of those that are over only the last few stay', () => {
  const ids = Array.from({ length: 10 }, (_, index) => `turn_${index + 1}`);
  const started = ids.map((id) => turnEvent('turn.started', {}, id));
  const ended = ids.slice(0, 9).map((id) => turnEvent('turn.succeeded', {}, id));
  const shown = runningFirst(applyEvents(initialState(), [...started, ...ended])).map(({ id }) => id);
  assert.equal(shown[0], 'turn_10');
  assert.equal(shown.length, 7);
  assert.equal(shown[1], 'turn_9');
});

test('a reset forgets what was seen and has everything read anew', () => {
  const state = reset(applyEvents(initialState(), [turnEvent('turn.started')]));
  assert.deepEqual([state.events.length, state.turns.size, state.resets], [0, 0, 1]);
});
