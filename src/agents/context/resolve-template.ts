import { variablesOf } from './context-variables.js';
import { namesIn, parseTemplate, placeOf } from './template-syntax.js';
import type { Keep, ResolvedPart, ResolvedTemplate, Template, TemplatePart } from './template-types.js';

const DEFAULT_KEEP: Keep = 5;

/** From what is extended down to the template itself, which comes last. */
export const resolveTemplate = (chain: readonly Template[]): ResolvedTemplate => {
  let parts: ResolvedPart[] = [];
  for (const template of chain) for (const part of template.parts) parts = withPart(parts, part);
  return {
    name: chain.at(-1)?.name ?? '',
    for: targetOf(chain),
    parameters: Object.assign({}, ...chain.map(({ parameters }) => parameters)),
    parts,
  };
};

/** A template is for what the one that it extends is for. */
export const targetOf = (chain: readonly Template[]) =>
  chain.find((template) => template.for !== undefined)?.for ?? 'turn';

const withPart = (parts: readonly ResolvedPart[], { name, text, keep, before }: TemplatePart): ResolvedPart[] => {
  const present = parts.find((part) => part.name === name);
  if (text === null) return parts.filter((part) => part.name !== name);
  const made = { name, text, keep: keep ?? present?.keep ?? DEFAULT_KEEP };
  if (present !== undefined && before === undefined) return parts.map((part) => (part.name === name ? made : part));
  const others = parts.filter((part) => part.name !== name);
  const place = others.findIndex((part) => part.name === before);
  return place < 0 ? [...others, made] : others.toSpliced(place, 0, made);
};

export interface TemplateFault {
  readonly pointer: string;
  readonly message: string;
}

/** What is wrong with the texts of a template, with what it extends before it. */
export const templateFaults = (chain: readonly Template[]): TemplateFault[] => {
  const template = chain.at(-1)!;
  const { parameters } = resolveTemplate(chain);
  const known = new Set([
    ...variablesOf(targetOf(chain)),
    ...Object.keys(parameters).map((name) => `parameters.${name}`),
  ]);
  return template.parts.flatMap(({ text }, index) => {
    if (text === null) return [];
    const { nodes, problems } = parseTemplate(text);
    const unknown = [...namesIn(nodes)]
      .filter(({ name }) => !known.has(name))
      .map(({ name, at }) => ({ message: `there is no variable {{${name}}}`, ...placeOf(text, at) }));
    return [...problems, ...unknown].map(({ message, line, column }) => ({
      pointer: `/parts/${index}/text`,
      message: `line ${line}, column ${column}: ${message}`,
    }));
  });
};
