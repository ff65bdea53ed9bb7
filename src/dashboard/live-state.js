import { Rates } from './rates.js';
import { noText, withPiece } from './turn-text.js';

/**
 * What the dashboard knows of the hub by watching it.
 * @typedef {import('./shapes.js').HubEvent} HubEvent
 * @typedef {import('./turn-text.js').TurnText} TurnText
 * @typedef {TurnText & { id: string, module: string, messageId: string, conversationId: string | undefined, from: string | undefined, state: string,
 *   startedAt: number, endedAt: number | undefined }} LiveTurn
 * @typedef {'connecting' | 'live' | 'waiting'} Phase
 * @typedef {{ phase: Phase, epoch: string | undefined, seq: number, resets: number, events: readonly HubEvent[],
 *   revisions: Readonly<Record<string, number>>, turns: ReadonlyMap<string, LiveTurn>, rates: Rates,
 *   session: import('./shapes.js').Session | null | undefined, toast: { text: string, isBad: boolean } | undefined }} LiveState
 */

/** How many of the newest events are kept, and how many turns that are over. */
const EVENTS_KEPT = 1000;
const OVER_KEPT = 6;

/** @returns {LiveState} */
export const initialState = () => ({
  phase: 'connecting',
  epoch: undefined,
  seq: 0,
  resets: 0,
  events: [],
  revisions: {},
  turns: new Map(),
  rates: new Rates(),
  session: undefined,
  toast: undefined,
});

/** Nothing of what was seen stays for who comes next. @returns {LiveState} */
export const signedOut = () => ({ ...initialState(), session: null });

/** Everything is to be read anew: the database is another one, or too much was missed. @param {LiveState} state @returns {LiveState} */
export const reset = (state) => ({
  ...state,
  events: [],
  turns: new Map(),
  rates: new Rates(),
  resets: state.resets + 1,
});

/** Events in their order; those that are known already change nothing. @param {LiveState} state @param {readonly HubEvent[]} events @returns {LiveState} */
export const applyEvents = (state, events) => {
  const fresh = events.filter(({ seq }) => seq > state.seq);
  const last = fresh.at(-1);
  if (last === undefined) return state;
  const revisions = { ...state.revisions };
  let turns = state.turns;
  for (const event of fresh) {
    for (const name of namesOf(event.type)) revisions[name] = (revisions[name] ?? 0) + 1;
    count(state.rates, event);
    turns = applyToTurns(turns, event);
  }
  return { ...state, seq: last.seq, revisions, turns, events: [...state.events, ...fresh].slice(-EVENTS_KEPT) };
};

/** An event is news of its noun and of its type; words of an agent are no news of its turn, for they would be too many. @param {string} type */
const namesOf = (type) => (type === 'turn.output' ? [type] : [type, type.split('.')[0] ?? '']);

/** What happened before the browser came: only for the list of events and the rates. @param {LiveState} state @param {readonly HubEvent[]} events @returns {LiveState} */
export const applyHistory = (state, events) => {
  const first = state.events[0]?.seq ?? state.seq + 1;
  const older = events.filter(({ seq }) => seq < first);
  for (const event of older) count(state.rates, event);
  return { ...state, events: [...older, ...state.events].slice(-EVENTS_KEPT) };
};

/** `sent`, `done` and `failed` of the hub, and `sent Processor`, `done Processor` of each queue. @param {Rates} rates @param {HubEvent} event */
const count = (rates, { type, at, subject, data }) => {
  const instant = Date.parse(at);
  if (type === 'message.sent') {
    rates.add('sent', instant);
    const queue = data.to ?? (data.channel === undefined ? undefined : `#${data.channel}`);
    if (queue !== undefined) rates.add(`sent ${queue}`, instant);
  } else if (type === 'delivery.completed') {
    rates.add('done', instant);
    rates.add(`done ${subject.module}`, instant);
  } else if (type === 'delivery.died' || type === 'delivery.retried') {
    rates.add('failed', instant);
    rates.add(`failed ${subject.module}`, instant);
  }
};

/** @type {Readonly<Record<string, string>>} */
const endings = {
  'turn.succeeded': 'succeeded',
  'turn.failed': 'failed',
  'turn.interrupted': 'interrupted',
  'turn.timed_out': 'timed_out',
};

/** @param {ReadonlyMap<string, LiveTurn>} turns @param {HubEvent} event @returns {ReadonlyMap<string, LiveTurn>} */
const applyToTurns = (turns, { type, at, subject, data }) => {
  const { turnId } = subject;
  if (turnId === undefined) return turns;
  const known = turns.get(turnId);
  const change = (/** @type {Partial<LiveTurn>} */ changes) => {
    const blank = {
      ...noText,
      isWhole: type === 'turn.started',
      from: undefined,
      startedAt: Date.parse(at),
      endedAt: undefined,
    };
    const turn = {
      id: turnId,
      module: subject.module ?? '',
      messageId: subject.messageId ?? '',
      conversationId: subject.conversationId,
      state: 'running',
      ...blank,
    };
    return new Map(turns).set(turnId, { ...(known ?? turn), ...changes });
  };
  if (type === 'turn.started') return change({ state: 'running', startedAt: Date.parse(at), from: data.from });
  if (type === 'turn.output') return change(withPiece(known ?? { ...noText, isWhole: data.offset === 0 }, data));
  const ending = endings[type];
  if (ending !== undefined) return withoutOldest(change({ state: ending, endedAt: Date.parse(at) }));
  if (type === 'approval.requested') return change({ state: 'waiting_approval' });
  if (type.startsWith('approval.') && known?.state === 'waiting_approval') return change({ state: 'running' });
  return turns;
};

/** @param {ReadonlyMap<string, LiveTurn>} turns */
const withoutOldest = (turns) => {
  const over = [...turns.values()].filter(({ endedAt }) => endedAt !== undefined);
  const surplus = new Set(over.slice(0, Math.max(0, over.length - OVER_KEPT)).map(({ id }) => id));
  return new Map([...turns].filter(([id]) => !surplus.has(id)));
};

/** What was read of a turn joins what was seen of it. @param {LiveState} state @param {LiveTurn} turn @returns {LiveState} */
export const withTurn = (state, turn) => {
  const seen = state.turns.get(turn.id);
  if (seen?.endedAt !== undefined) return state;
  const later = (seen?.pieces ?? []).filter(({ offset, text }) => offset + text.length > turn.nextOffset);
  const text = later.reduce(withPiece, /** @type {TurnText} */ (turn));
  return { ...state, turns: new Map(state.turns).set(turn.id, { ...turn, from: seen?.from ?? turn.from, ...text }) };
};

/** Those that run, the longest-running first, then those that just ended. @param {Pick<LiveState, 'turns'>} state */
export const runningFirst = ({ turns }) =>
  [...turns.values()].sort(
    (a, b) =>
      Number(a.endedAt !== undefined) - Number(b.endedAt !== undefined) ||
      (b.endedAt ?? 0) - (a.endedAt ?? 0) ||
      a.startedAt - b.startedAt,
  );
