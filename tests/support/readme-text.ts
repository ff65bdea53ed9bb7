import { readFileSync } from 'node:fs';

/** A fenced piece of the README. */
export interface Fence {
  readonly language: string;
  readonly text: string;
  /** The line of the README that opens it, counted from 1. */
  readonly line: number;
}

export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The text from one `##` title to the next; its headings of a lower rank included. */
export function readmeSection(title: string): string {
  const start = `\n${readme}`.indexOf(`\n## ${title}\n`);
  if (start < 0) throw new Error(`The README has no section "${title}".`);
  const end = readme.indexOf('\n## ', start);
  return readme.slice(start, end < 0 ? undefined : end);
}

/** The fences of a section, in their order. */
export function fencesOf(title: string): Fence[] {
  const section = readmeSection(title);
  const linesBefore = linesOf(readme.slice(0, readme.indexOf(section)));
  return [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: text = '' }) => ({
    language,
    text,
    line: linesBefore + linesOf(section.slice(0, index)) - 1,
  }));
}

/** The rows of the only table of a section, without its head: the cells of each, without their blanks. */
export function tableOf(title: string): string[][] {
  const rows = readmeSection(title).match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const linesOf = (text: string): number => text.split('\n').length;
