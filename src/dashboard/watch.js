import { get } from './hub-api.js';
import { HubConnection } from './hub-connection.js';
import { applyEvents, applyHistory, reset, signedOut, withTurn } from './live-state.js';
import { getState, setState } from './store.js';
import { noText, withPiece } from './turn-text.js';

/** How much of what happened before is read at the start. */
const HISTORY = 1000;

/** Keeps the store in step with the hub until it is ended. @returns {() => void} */
export const watchHub = () => {
  const connection = new HubConnection({
    cursor: () => getState(),
    onLive: ({ epoch, seq }, isReset) => {
      setState((state) => ({ ...(isReset ? reset(state) : state), phase: 'live', epoch, seq }));
      void readPast(seq);
    },
    onEvents: (events) => setState((state) => applyEvents(state, events)),
    onReset: () => {
      setState(reset);
      void readPast(getState().seq);
    },
    onAway: () => setState((state) => ({ ...state, phase: 'waiting' })),
    onSignedOut: () => setState(signedOut),
  });
  const hurry = () => document.visibilityState === 'visible' && connection.hurry();
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  connection.open();
  return () => {
    removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
    connection.close();
  };
};

/** The newest events, and the turns that run, with what they have said. @param {number} seq */
const readPast = async (seq) => {
  try {
    const page =
      getState().events.length > 0
        ? { items: [] }
        : await get(`/v1/events?after=${Math.max(0, seq - HISTORY)}&limit=${HISTORY}`);
    setState((state) => applyHistory(state, page.items));
    const running = await Promise.all(
      ['running', 'waiting_approval'].map((each) => get(`/v1/turns?state=${each}&limit=50`)),
    );
    await Promise.all(running.flatMap(({ items }) => items.map(readTurn)));
  } catch {
    // What it is good for shows by itself a moment later; a hub that is away is shown by the connection.
  }
};

/** @param {import('./shapes.js').Turn} turn */
const readTurn = async ({ id, module, messageId, conversationId, state, startedAt }) => {
  const { pieces } = await get(`/v1/turns/${id}/output`);
  const text = pieces.reduce(withPiece, noText);
  const started = Date.parse(startedAt ?? '') || Date.now();
  const live = {
    id,
    module,
    messageId,
    conversationId,
    state,
    from: undefined,
    startedAt: started,
    endedAt: undefined,
    ...text,
  };
  setState((current) => withTurn(current, live));
};
