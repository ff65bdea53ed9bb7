import { act, del, post } from '../hub-api.js';
import { html } from '../vendor/preact.js';

/** What can be done with an instance in a state. @type {Readonly<Record<string, readonly string[]>>} */
const verbs = { idle: ['pause', 'restart'], busy: ['interrupt', 'restart'], paused: ['resume', 'restart'] };
/** @type {Readonly<Record<string, string>>} */
const done = {
  pause: 'It takes no new turns.',
  resume: 'It takes turns again.',
  interrupt: 'Interrupted.',
  restart: 'Restarted.',
};

/** @param {{ instance: import('../shapes.js').Instance, onDone?: () => void }} props */
export const InstanceActions = ({ instance: { id, state }, onDone }) => {
  if (state === 'stopped' || state === 'crashed') return null;
  const run = async (/** @type {() => Promise<string>} */ work) => {
    await act(work);
    onDone?.();
  };
  const order = (/** @type {string} */ verb) =>
    run(async () => {
      await post(`/v1/instances/${id}/${verb}`);
      return done[verb] ?? verb;
    });
  const stop = () =>
    run(async () =>
      (await del(`/v1/instances/${id}`)) === undefined ? 'Stopped.' : 'It stops when its turn has ended.',
    );
  return html`${(verbs[state] ?? []).map((verb) => html`<button type="button" onClick=${() => order(verb)}>${verb[0]?.toUpperCase()}${verb.slice(1)}</button>`)}
    <button type="button" onClick=${stop}>Stop</button>`;
};
