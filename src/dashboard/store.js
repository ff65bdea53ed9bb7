import { initialState } from './live-state.js';

/** @typedef {import('./live-state.js').LiveState} LiveState */

let state = initialState();
/** @type {Set<() => void>} */
const listeners = new Set();
let isScheduled = false;

export const getState = () => state;

/** Who listens is told once a frame, however often it changes. @param {(state: LiveState) => LiveState} change */
export const setState = (change) => {
  const next = change(state);
  if (next === state) return;
  state = next;
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    for (const listener of [...listeners]) listener();
  });
};

/** @param {() => void} listener @returns {() => void} ends it */
export const listen = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastEnd;

/** Says briefly what an action did. @param {string} text @param {boolean} [isBad] */
export const say = (text, isBad = false) => {
  clearTimeout(toastEnd);
  setState((current) => ({ ...current, toast: { text, isBad } }));
  toastEnd = setTimeout(() => setState((current) => ({ ...current, toast: undefined })), isBad ? 8000 : 3500);
};
