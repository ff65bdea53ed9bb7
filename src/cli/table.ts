import Table from 'cli-table3';
import type { Colors } from './colors.js';
import { plainText } from './plain-text.js';

/** A column of the table of a noun. */
export interface Column<T> {
  readonly head: string;
  readonly of: (item: T) => unknown;
  readonly isRight?: boolean;
  /** The name of a colour, by the value. */
  readonly color?: (item: T) => keyof Colors | undefined;
  /** Takes what the others leave on a terminal. */
  readonly isWide?: boolean;
}

export interface TableOptions {
  readonly colors: Colors;
  /** Rows are cut to it; undefined for whole rows. */
  readonly width: number | undefined;
}

const GAP = 2;
const NARROWEST = 8;
const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);

/** Rows below their heads, without lines, as people and `awk` read them. */
export const tableText = <T>(items: readonly T[], columns: readonly Column<T>[], options: TableOptions): string => {
  const { colors, width } = options;
  const cells = items.map((item) => columns.map(({ of }) => cellText(of(item))));
  const widths = columnWidths(columns, cells, width);
  const table = new Table({
    chars: { ...noBorders, middle: ' '.repeat(GAP) },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colWidths: widths,
    colAligns: columns.map(({ isRight }) => (isRight === true ? 'right' : 'left')),
  });
  table.push(columns.map(({ head }) => colors.dim(head)));
  for (const [index, item] of items.entries()) {
    table.push(
      columns.map(({ color }, at) => {
        const name = color?.(item);
        const text = cut(cells[index]![at]!, widths[at]!);
        return name === undefined ? text : paint(colors, name, text);
      }),
    );
  }
  return `${table.toString().replace(/[ ]+$/gm, '')}\n`;
};

const paint = (colors: Colors, name: keyof Colors, text: string): string =>
  (colors[name] as (text: string) => string)(text);

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** One line, with `-` for nothing. */
export const cellText = (value: unknown): string => {
  if (value === undefined || value === null || value === '') return '-';
  const text = Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.join(', ') : value;
  return plainText((typeof text === 'object' ? JSON.stringify(text) : String(text)).replace(/\s+/g, ' '));
};

const columnWidths = <T>(columns: readonly Column<T>[], cells: readonly string[][], width?: number): number[] => {
  const wanted = columns.map(({ head }, at) => Math.max(head.length, ...cells.map((row) => row[at]!.length)));
  if (width === undefined) return wanted;
  const spare = width - GAP * (columns.length - 1) - wanted.reduce((sum, each) => sum + each, 0);
  const wide = columns.findIndex(({ isWide }) => isWide === true);
  if (spare >= 0 || wide < 0) return wanted;
  return wanted.map((each, at) => (at === wide ? Math.max(NARROWEST, each + spare) : each));
};
