import type { ContextValues } from './context-variables.js';
import type { History } from './history-text.js';
import { namesIn, parseTemplate, renderTemplate, type TemplateNode } from './template-syntax.js';
import type { Keep, ResolvedTemplate } from './template-types.js';
import { tokensOf } from './tokens.js';

export interface ComposedPart {
  readonly name: string;
  readonly text: string;
  readonly tokens: number;
  readonly hasHistory: boolean;
}

export interface LeftOut {
  readonly part: string;
  readonly tokens: number;
  readonly reason: 'no room' | 'too long';
}

export interface ComposedContext {
  readonly parts: readonly ComposedPart[];
  readonly tokens: number;
  readonly leftOut: readonly LeftOut[];
  /** Of the history, earlier messages for which there was no room. */
  readonly omittedMessages: number;
}

export interface Composition {
  readonly template: ResolvedTemplate;
  readonly values: ContextValues;
  readonly history?: History | undefined;
  /** Tokens that all parts together may have. */
  readonly budget: number;
}

interface Draft {
  readonly name: string;
  readonly keep: Keep;
  readonly index: number;
  text: string;
  tokens: number;
  readonly render: (values: ContextValues) => string | undefined;
  readonly hasHistory: boolean;
}

/**
 * The parts of a template with their values. Where they need more room than there is, the least useful go first, the later of equals;
 * a history first loses its oldest messages. What may never go stays, whatever its length.
 */
export const composeContext = ({ template, values, history, budget }: Composition): ComposedContext => {
  const leftOut: LeftOut[] = [];
  let omitted = history?.omitted ?? 0;
  const valuesNow = (): ContextValues => (history === undefined ? values : { ...values, ...history.values(omitted) });
  const drafts: Draft[] = [];
  for (const [index, part] of template.parts.entries()) {
    const nodes = nodesOf(part.text);
    const render = (now: ContextValues) => renderTemplate(nodes, now);
    const text = render(valuesNow());
    const hasHistory = history !== undefined && [...namesIn(nodes)].some(({ name }) => name === 'history.text');
    if (text === undefined) leftOut.push({ part: part.name, tokens: budget, reason: 'too long' });
    else if (text !== '') drafts.push({ ...part, index, text, tokens: tokensOf(text), render, hasHistory });
  }
  for (let excess = sum(drafts) - budget; excess > 0; excess = sum(drafts) - budget) {
    const least = leastUseful(drafts);
    if (least === undefined) break;
    if (least.hasHistory && history !== undefined && omitted < history.messages) {
      omitted = history.omittedToSave(omitted, excess);
      if (omitted < history.messages) {
        least.text = least.render(valuesNow()) ?? '';
        least.tokens = tokensOf(least.text);
        continue;
      }
    }
    drafts.splice(drafts.indexOf(least), 1);
    leftOut.push({ part: least.name, tokens: least.tokens, reason: 'no room' });
  }
  const parts = drafts.map(({ name, text, tokens, hasHistory }) => ({ name, text, tokens, hasHistory }));
  return { parts, tokens: sum(parts), leftOut, omittedMessages: history === undefined ? 0 : omitted };
};

const MOST_KEPT = 500;
const parsed = new Map<string, readonly TemplateNode[]>();

/** The same few texts come back with every turn. */
const nodesOf = (text: string): readonly TemplateNode[] => {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_KEPT) parsed.delete(parsed.keys().next().value!);
  const { nodes } = parseTemplate(text);
  parsed.set(text, nodes);
  return nodes;
};

const sum = (parts: readonly { readonly tokens: number }[]): number =>
  parts.reduce((total, { tokens }) => total + tokens, 0);

const leastUseful = (drafts: readonly Draft[]): Draft | undefined => {
  const rank = ({ keep }: Draft): number => (keep === 'always' ? Number.POSITIVE_INFINITY : keep);
  return drafts
    .filter(({ keep }) => keep !== 'always')
    .sort((a, b) => rank(a) - rank(b) || b.index - a.index)
    .at(0);
};
