/** The value below which the share `part` (0 to 1) of the values lies. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en').padStart(9)}/s`;
