import { builtInTemplates } from './built-in-templates.js';
import { resolveTemplate } from './resolve-template.js';
import type { Template, TemplateChoice, TemplateKind } from './template-types.js';

export const builtIn: ReadonlyMap<string, Template> = new Map(
  builtInTemplates.map((template) => [template.name, template]),
);

/** What the hub brings for a kind. */
export const builtInChoice = (kind: TemplateKind | 'system'): TemplateChoice => {
  const chain: Template[] = [];
  for (let next: string | undefined = kind; next !== undefined; next = chain[0]?.extends)
    chain.unshift(builtIn.get(next)!);
  return { template: chain.at(-1)!, source: 'builtin', resolved: resolveTemplate(chain) };
};
