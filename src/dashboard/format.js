/** Numbers, times and JSON as a person reads them. All pure; instants are milliseconds. */

/** @param {number} count */
export const compact = (count) => {
  if (count < 10_000) return String(Math.round(count));
  if (count < 1_000_000) return `${trim(count / 1000)}k`;
  return `${trim(count / 1_000_000)}M`;
};

/** @param {number} value */
const trim = (value) => (value < 100 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value)));

/** Per second. @param {number} rate */
export const perSecond = (rate) => (rate === 0 ? '0' : rate < 10 ? rate.toFixed(1) : compact(rate));

/** @param {number} ms */
export const duration = (ms) => {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(Math.floor(seconds) % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
};

/** @param {number} value */
const pad = (value) => String(value).padStart(2, '0');

/** How long ago, in one unit. @param {string | number | undefined} instant @param {number} now */
export const age = (instant, now) => {
  if (instant === undefined) return '';
  const seconds = Math.max(0, (now - (typeof instant === 'number' ? instant : Date.parse(instant))) / 1000);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
};

/** The time of the day, to the millisecond. @param {string} instant */
export const clockTime = (instant) => {
  const date = new Date(instant);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

/** @param {number} usd */
export const cost = (usd) => (usd === 0 ? '$0' : usd < 0.01 ? '< $0.01' : `$${usd.toFixed(2)}`);

/** @param {number} bytes */
export const bytes = (bytes) => {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
};

/** A payload in one line: its words where it has some. @param {unknown} value @param {number} [length] */
export const preview = (value, length = 160) => {
  if (value === undefined || value === null) return '';
  const words = typeof value === 'object' ? wordsOf(/** @type {Record<string, unknown>} */ (value)) : value;
  const text = (typeof words === 'string' ? words : JSON.stringify(words)).replace(/\s+/g, ' ').trim();
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
};

/** @param {Record<string, unknown>} payload */
const wordsOf = (payload) => {
  for (const name of ['response', 'message', 'text', 'error'])
    if (typeof payload[name] === 'string' && payload[name] !== '') return payload[name];
  return payload;
};

/** To whom a message goes. @param {{ to?: string, channel?: string, capability?: string, broadcast?: boolean }} message */
export const targetOf = ({ to, channel, capability, broadcast }) => {
  if (to !== undefined) return to;
  if (channel !== undefined) return `#${channel}`;
  return capability ?? (broadcast === true ? 'everyone' : '');
};

/** The one word for how a message with these deliveries stands. @param {readonly { state: string }[] | undefined} deliveries */
export const overallState = (deliveries = []) => {
  for (const state of ['dead', 'leased', 'pending', 'expired', 'cancelled', 'done'])
    if (deliveries.some((delivery) => delivery.state === state)) return state;
  return 'undelivered';
};
