/** Wall-clock instants in milliseconds since 1970. Injected, so that tests move time instead of waiting for it. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

let formattedSecond = Number.NaN;
let formattedPrefix = '';

/** RFC 3339 in UTC with milliseconds; the part up to the second is kept, for hot paths format many instants of one second. */
export const toRfc3339 = (instant: number): string => {
  const second = Math.floor(instant / 1000);
  if (second !== formattedSecond) {
    formattedSecond = second;
    formattedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
  }
  const ms = instant - second * 1000;
  return `${formattedPrefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
};

export const optionalRfc3339 = (instant: number | null | undefined): string | undefined =>
  instant === null || instant === undefined ? undefined : toRfc3339(instant);
