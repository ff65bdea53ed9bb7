import { keyHelp } from '../keyboard.js';
import { html, useEffect, useRef } from '../vendor/preact.js';

/** @param {{ onClose: () => void }} props */
export const Help = ({ onClose }) => {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => dialog.current?.showModal(), []);
  return html`<dialog ref=${dialog} class="help" aria-label="Keys" onClose=${onClose} onClick=${(/** @type {Event} */ event) => event.target === dialog.current && onClose()}>
    <h2>Keys</h2>
    <dl>${keyHelp.map(([keys, meaning]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${meaning}</dd></div>`)}</dl>
  </dialog>`;
};
