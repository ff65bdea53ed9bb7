const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** How long ago, in one unit: `3m`. */
export const ageText = (instant: string | undefined, now = Date.now()): string | undefined =>
  instant === undefined ? undefined : durationText((now - Date.parse(instant)) / 1000);

/** In one unit, of seconds. */
export const durationText = (exactly: number): string => {
  const seconds = Math.max(0, Math.round(exactly));
  const unit = units.find(([, size]) => seconds >= size);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit[1])}${unit[0]}`;
};

/** The time of day, as it is here. */
export const clockText = (instant: string): string => {
  const at = new Date(instant);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
};
