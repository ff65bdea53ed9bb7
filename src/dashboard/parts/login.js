import { post, Refusal } from '../hub-api.js';
import { setState } from '../store.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';

export const Login = () => {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [problem, setProblem] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => input.current?.focus(), []);
  const logIn = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const key = input.current?.value.trim() ?? '';
    if (key === '') return setProblem('A key is needed.');
    setIsBusy(true);
    try {
      const session = await post('/v1/session', { key });
      setState((state) => ({ ...state, session }));
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : 'The hub does not answer.');
      setIsBusy(false);
      input.current?.select();
    }
    return undefined;
  };
  return html`<main class="login">
    <form onSubmit=${logIn} aria-describedby="login-help">
      <h1><span class="mark" aria-hidden="true"></span>Granger Hub</h1>
      <input class="user" type="text" name="username" autocomplete="username" value="granger" tabindex="-1" aria-hidden="true" readonly />
      <label>Key <input ref=${input} type="password" name="key" autocomplete="current-password" required aria-invalid=${problem !== ''} /></label>
      ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
      <button type="submit" class="primary" disabled=${isBusy}>Log in</button>
      <p id="login-help" class="dim">The admin key stands in <code>data/admin.key</code> on the hub's machine; any key of <code>POST /v1/keys</code> works too.</p>
    </form>
  </main>`;
};
