import { stringify } from 'yaml';
import type { Colors } from './colors.js';
import { type Column, cellText, tableText } from './table.js';

export const formats = ['table', 'json', 'jsonl', 'yaml'] as const;
export type Format = (typeof formats)[number];

export interface OutputOptions {
  readonly write: (text: string) => void;
  readonly format: Format;
  readonly colors: Colors;
  /** Of the terminal; undefined where the output goes elsewhere. */
  readonly width: number | undefined;
}

const line = (item: unknown): string => `${JSON.stringify(item)}\n`;
const pretty = (item: unknown): string => `${JSON.stringify(item, null, 2)}\n`;

type Forms<T> = Readonly<Record<Exclude<Format, 'table'>, (value: T) => string>>;
const oneForms: Forms<object> = { json: pretty, jsonl: line, yaml: stringify };
const listForms: Forms<readonly unknown[]> = {
  json: pretty,
  jsonl: (items) => items.map(line).join(''),
  yaml: stringify,
};

/** What a command has to say, in the form that was asked for. */
export class Output {
  readonly format: Format;
  readonly colors: Colors;
  readonly #write: (text: string) => void;
  readonly width: number | undefined;

  constructor({ write, format, colors, width }: OutputOptions) {
    this.#write = write;
    this.format = format;
    this.colors = colors;
    this.width = width;
  }

  /** For people; programs that asked for another form see nothing of it. */
  get isForPeople(): boolean {
    return this.format === 'table';
  }

  list<T>(items: readonly T[], columns: readonly Column<T>[], nothing: string): void {
    if (this.format !== 'table') this.#write(listForms[this.format](items));
    else if (items.length === 0) this.#write(`${nothing}\n`);
    else this.#write(tableText(items, columns, { colors: this.colors, width: this.width }));
  }

  /** One thing; for people as `text`, or else its fields, one a line. */
  one(item: object, text?: string): void {
    if (this.format !== 'table') this.#write(oneForms[this.format](item));
    else this.#write(text === undefined ? this.#fields(item) : `${text}\n`);
  }

  /** One of many that come one after the other: JSON is then a line each, and YAML a document each. */
  next(item: object, text: string): void {
    if (this.isForPeople) this.#write(`${text}\n`);
    else this.#write(this.format === 'yaml' ? `---\n${stringify(item)}` : line(item));
  }

  /** Text as it is, in any form. */
  raw(text: string): void {
    this.#write(text);
  }

  #fields(item: object): string {
    const fields = Object.entries(item).filter(([, value]) => value !== undefined);
    const width = Math.max(...fields.map(([name]) => name.length));
    return fields.map(([name, value]) => this.#field(name, value, width)).join('');
  }

  #field(name: string, value: unknown, width: number): string {
    const label = this.colors.dim(name.padEnd(width));
    if (isCounts(value)) return `${label}  ${countsText(value)}\n`;
    if (!isNested(value)) return `${label}  ${cellText(value)}\n`;
    const lines = stringify(value).trimEnd().split('\n');
    return `${label}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  }
}

const isNested = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  JSON.stringify(value).length > 60 &&
  !(Array.isArray(value) && value.every((each) => typeof each === 'string'));

const isCounts = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'number');

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
