/** How many seconds of counts are kept. */
export const WINDOW_SECONDS = 120;

/** @typedef {{ last: number, counts: number[] }} Counter counts of the seconds up to `last`, oldest first */

/**
 * How often things happened in each of the last seconds, by name. Fed with the instants of events, so that a browser that was away, or
 * starts with history, shows the same as one that watched.
 */
export class Rates {
  /** @type {Map<string, Counter>} */
  #counters = new Map();

  /** @param {string} name @param {number} at an instant in milliseconds @param {number} [count] */
  add(name, at, count = 1) {
    const second = Math.floor(at / 1000);
    const counter = this.#counters.get(name) ?? { last: second, counts: new Array(WINDOW_SECONDS).fill(0) };
    this.#counters.set(name, counter);
    shiftTo(counter, second);
    const index = WINDOW_SECONDS - 1 - (counter.last - second);
    if (index >= 0) counter.counts[index] = (counter.counts[index] ?? 0) + count;
  }

  /** One number a second, the newest last. @param {string} name @param {number} now @returns {readonly number[]} */
  series(name, now) {
    const counter = this.#counters.get(name);
    if (counter === undefined) return new Array(WINDOW_SECONDS).fill(0);
    shiftTo(counter, Math.floor(now / 1000));
    return counter.counts;
  }

  /** Per second, over the last whole seconds. @param {string} name @param {number} now @param {number} [seconds] */
  perSecond(name, now, seconds = 5) {
    const counted = this.series(name, now).slice(-seconds - 1, -1);
    return counted.reduce((sum, count) => sum + count, 0) / seconds;
  }

  clear() {
    this.#counters.clear();
  }
}

/** @param {Counter} counter @param {number} second */
const shiftTo = (counter, second) => {
  const passed = Math.min(second - counter.last, WINDOW_SECONDS);
  if (passed <= 0) return;
  counter.counts.splice(0, passed);
  for (let index = 0; index < passed; index++) counter.counts.push(0);
  counter.last = second;
};
