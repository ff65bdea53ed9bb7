/**
 * The one WebSocket. It comes back by itself, with the last number it saw, so that nothing is missed.
 * @typedef {import('./shapes.js').HubEvent} HubEvent
 * @typedef {{ epoch: string, seq: number }} Welcome
 * @typedef {{
 *   cursor: () => { epoch: string | undefined, seq: number },
 *   onLive: (welcome: Welcome, isReset: boolean) => void,
 *   onEvents: (events: HubEvent[]) => void,
 *   onReset: () => void,
 *   onAway: () => void,
 *   onSignedOut: () => void,
 * }} ConnectionEvents
 */

/** A watcher that missed more than this does not read it all; it looks at how things stand now. */
const MOST_MISSED = 5000;
const GATHER_MS = 40;
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 8000;
const PING_MS = 20_000;
const UNAUTHENTICATED = 4401;

export class HubConnection {
  #events;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {HubEvent[]} */
  #gathered = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #flush;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #beat;
  #failures = 0;
  #isClosed = false;
  #isHeard = true;

  /** @param {ConnectionEvents} events */
  constructor(events) {
    this.#events = events;
  }

  open() {
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    const socket = new WebSocket(streamAddress(), 'granger.v1');
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener('close', ({ code }) => this.#closed(socket, code));
    clearInterval(this.#beat);
    this.#isHeard = true;
    this.#beat = setInterval(() => this.#ping(socket), PING_MS);
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#flush);
    clearInterval(this.#beat);
    this.#socket?.close();
  }

  /** For when the network or the person is back: does not wait for the next try. */
  hurry() {
    if (this.#socket?.readyState === WebSocket.CLOSED) this.open();
  }

  /** @param {any} frame */
  #take(frame) {
    this.#isHeard = true;
    if (frame.op === 'welcome') this.#welcome(frame);
    else if (frame.op === 'event') this.#gather(frame);
    else if (frame.op === 'reset') this.#events.onReset();
  }

  /** @param {Welcome} welcome */
  #welcome({ epoch, seq }) {
    this.#failures = 0;
    const cursor = this.#events.cursor();
    const isFirst = cursor.epoch === undefined;
    const isReset = !isFirst && (cursor.epoch !== epoch || seq < cursor.seq || seq - cursor.seq > MOST_MISSED);
    const after = isFirst || isReset ? seq : cursor.seq;
    this.#events.onLive({ epoch, seq: after }, isReset);
    this.#socket?.send(JSON.stringify({ op: 'subscribe', id: 'all', after }));
  }

  /** @param {HubEvent} event */
  #gather(event) {
    this.#gathered.push(event);
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      this.#events.onEvents(this.#gathered.splice(0));
    }, GATHER_MS);
  }

  /** @param {WebSocket} socket */
  #ping(socket) {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!this.#isHeard) socket.close();
    this.#isHeard = false;
    socket.send('{"op":"ping"}');
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (this.#isClosed || socket !== this.#socket) return;
    clearInterval(this.#beat);
    if (code === UNAUTHENTICATED) {
      this.#events.onSignedOut();
      return;
    }
    this.#events.onAway();
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS);
    this.#retry = setTimeout(() => this.open(), waitMs * (0.75 + Math.random() / 2));
  }
}

const streamAddress = () => {
  const address = new URL('v1/stream', document.baseURI);
  address.protocol = address.protocol.replace('http', 'ws');
  address.hash = '';
  return address.href;
};
