/** What a chart draws, in a box of 100 units high and one unit a value wide. */
export const CHART_HEIGHT = 100;

/** The next of 1, 2, 5, 10, 20 … that is not below: where the scale ends. @param {number} value @param {number} [least] */
export const niceCeiling = (value, least = 4) => {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 4, 5, 10].find((each) => each * power >= wanted) ?? 10;
  return step * power;
};

/** @param {readonly number[]} values @param {number} ceiling */
export const linePath = (values, ceiling) =>
  values
    .map((value, index) => `${index === 0 ? 'M' : 'L'}${index} ${round(CHART_HEIGHT * (1 - value / ceiling))}`)
    .join('');

/** The line, closed along the ground. @param {readonly number[]} values @param {number} ceiling */
export const areaPath = (values, ceiling) =>
  values.length === 0 ? '' : `${linePath(values, ceiling)}L${values.length - 1} ${CHART_HEIGHT}L0 ${CHART_HEIGHT}Z`;

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;
