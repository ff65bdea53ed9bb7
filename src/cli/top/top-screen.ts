import type { Colors } from '../colors.js';
import { plainText } from '../plain-text.js';
import { type Row, rowsOf, type Section, sections, selectedRow, type TopState } from './top-model.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

interface Line {
  readonly text: string;
  readonly color?: keyof Colors;
}

const help = 'up/down move   p pause/resume   i interrupt   a approve   d deny   r redrive   q quit';
const nothing: Readonly<Record<Section, string>> = {
  'NEEDS ATTENTION': 'nothing',
  POOL: 'no agent process runs',
  QUEUES: 'all are empty',
  'RUNNING TURNS': 'none',
};
const GAP = '  ';

/** As many lines as the screen has, each as wide as it at most. */
export const screenLines = (state: TopState, { columns, rows }: ScreenSize, colors: Colors): readonly string[] => {
  const head = headLines(state);
  const foot: Line[] = [
    { text: state.notice, color: 'yellow' },
    { text: help, color: 'dim' },
  ];
  const body = bodyLines(state);
  const room = Math.max(1, rows - head.length - foot.length);
  const shown = windowOf(body, room);
  const filled = [...shown, ...Array.from({ length: room - shown.length }, () => ({ text: '' }))];
  return [...head, ...filled, ...foot].slice(0, rows).map((line) => painted(line, columns, colors));
};

const painted = ({ text, color }: Line, columns: number, colors: Colors): string => {
  const plain = plainText(text.replace(/\s/g, ' '));
  const cut = plain.length <= columns ? plain : `${plain.slice(0, columns - 1)}…`;
  return color === undefined ? cut : (colors[color] as (text: string) => string)(cut);
};

const headLines = ({ snapshot, isConnected }: TopState): Line[] => {
  if (!isConnected) return [{ text: 'granger  the hub cannot be reached; trying again', color: 'red' }];
  if (snapshot === undefined) return [{ text: 'granger', color: 'bold' }];
  const { version, uptimeSeconds, messages, modules, instances, turns, cost } = snapshot.stats;
  const facts = [
    `granger ${version}`,
    `up ${Math.round(uptimeSeconds)} s`,
    `${modules} modules`,
    `${messages.pending} wait, ${messages.leased} leased, ${messages.dead} dead`,
    `${instances} instances`,
    `${turns.running} turns`,
    `$${cost.todayUsd.toFixed(2)} today`,
  ];
  return [{ text: facts.join(' | '), color: 'bold' }];
};

interface BodyLine extends Line {
  readonly isSelected?: boolean;
}

const bodyLines = (state: TopState): BodyLine[] => {
  if (state.snapshot === undefined) return [];
  const rows = rowsOf(state);
  const selected = selectedRow(state);
  return sections.flatMap((section) => {
    const own = rows.filter((row) => row.section === section);
    const widths = columnWidths(own);
    const lines = own.map((row): BodyLine => {
      const text = row.cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(GAP);
      const isSelected = row.key === selected?.key;
      const color = isSelected ? 'inverse' : row.isAlarming === true ? 'yellow' : undefined;
      return {
        text: `${isSelected ? '>' : ' '} ${text.trimEnd()}`,
        isSelected,
        ...(color === undefined ? {} : { color }),
      };
    });
    const empty: BodyLine = { text: `  ${nothing[section]}`, color: 'dim' };
    return [{ text: '' }, { text: section, color: 'cyan' }, ...(lines.length === 0 ? [empty] : lines)];
  });
};

const columnWidths = (rows: readonly Row[]): number[] => {
  const most = Math.max(0, ...rows.map(({ cells }) => cells.length));
  return Array.from({ length: most }, (_, at) => Math.max(...rows.map(({ cells }) => cells[at]?.length ?? 0)));
};

/** That part of the lines that has the one pointed at in it. */
const windowOf = (lines: readonly BodyLine[], room: number): readonly BodyLine[] => {
  const at = Math.max(
    0,
    lines.findIndex(({ isSelected }) => isSelected === true),
  );
  const start = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  return lines.slice(start, start + room);
};
