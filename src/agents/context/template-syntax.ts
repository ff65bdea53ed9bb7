/*
 * The language of templates: `{{name}}` stands for a value, `{{#name}}...{{/name}}` is there if the value is not empty, and
 * `{{^name}}...{{/name}}` if it is. No loops, no calls, no expressions: what comes out is no longer than what went in allows.
 */

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'section';
      readonly name: string;
      readonly at: number;
      readonly isInverted: boolean;
      readonly nodes: TemplateNode[];
    };

export interface TemplateProblem {
  readonly message: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

const MOST_LEVELS = 10;
/** A text that repeats a large value grows no further than this. */
const MOST_CHARACTERS = 2_000_000;

const tag = /\{\{\s*([#^/]?)\s*([A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)\s*\}\}|\{\{/g;

interface OpenSection {
  readonly name: string;
  readonly at: number;
  readonly nodes: TemplateNode[];
}

/** All that is wrong with it is told, with its place. */
export const parseTemplate = (
  text: string,
): { readonly nodes: readonly TemplateNode[]; readonly problems: readonly TemplateProblem[] } => {
  const problems: TemplateProblem[] = [];
  const report = (message: string, at: number): void => void problems.push({ message, ...placeOf(text, at) });
  const root: OpenSection = { name: '', at: 0, nodes: [] };
  const open = [root];
  let end = 0;
  for (const match of text.matchAll(tag)) {
    const [whole, mark, name] = match;
    const { nodes } = open.at(-1)!;
    nodes.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (name === undefined) report('{{ opens neither a value nor a section', match.index);
    else if (mark === '/') close(open, name, () => report(`{{/${name}}} closes nothing`, match.index));
    else if (mark === '') nodes.push({ kind: 'value', name, at: match.index });
    else {
      const section = { name, at: match.index, nodes: [] };
      nodes.push({ kind: 'section', isInverted: mark === '^', ...section });
      open.push(section);
      if (open.length > MOST_LEVELS + 1) {
        report(`sections stand in each other over ${MOST_LEVELS} deep`, match.index);
        break;
      }
    }
  }
  for (const { name, at } of open.slice(1)) report(`{{#${name}}} is not closed`, at);
  root.nodes.push({ kind: 'text', text: text.slice(end) });
  return { nodes: root.nodes, problems };
};

const close = (open: OpenSection[], name: string, refuse: () => void): void => {
  if (open.length > 1 && open.at(-1)?.name === name) open.pop();
  else refuse();
};

/** Every name that is used, with where. */
export function* namesIn(nodes: readonly TemplateNode[]): Generator<{ readonly name: string; readonly at: number }> {
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    yield node;
    if (node.kind === 'section') yield* namesIn(node.nodes);
  }
}

export const placeOf = (text: string, at: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

/** With its values; a name that has none is empty. Undefined where it grows too long. */
export const renderTemplate = (
  nodes: readonly TemplateNode[],
  values: Readonly<Record<string, string>>,
): string | undefined => {
  let out = '';
  const write = (each: readonly TemplateNode[]): void => {
    for (const node of each) {
      if (out.length > MOST_CHARACTERS) return;
      if (node.kind === 'text') out += node.text;
      else {
        const value = Object.hasOwn(values, node.name) ? (values[node.name] ?? '') : '';
        if (node.kind === 'value') out += value;
        else if ((value === '') === node.isInverted) write(node.nodes);
      }
    }
  };
  write(nodes);
  return out.length > MOST_CHARACTERS ? undefined : out.replaceAll(/\n{3,}/g, '\n\n').trim();
};
