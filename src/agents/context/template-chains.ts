import type { Handle } from '../../db/statement.js';
import { HubError } from '../../lib/errors.js';
import { builtIn } from './built-in-choice.js';
import { type TemplateFault, targetOf, templateFaults } from './resolve-template.js';
import type { TemplateFile } from './template-files.js';
import { type TemplateRow, templateStore } from './template-store.js';
import type { FoundTemplate, Template } from './template-types.js';

/** A template that extends another, and so on, no more often. */
const MOST_EXTENDED = 8;

interface Below {
  readonly handle?: Handle | undefined;
  /** The template that asks for one of its own name: what it stands in front of is meant. */
  readonly than?: FoundTemplate | undefined;
}

export interface FaultyTemplate {
  readonly found: FoundTemplate;
  readonly faults: readonly TemplateFault[];
}

/** Templates with what they extend: a row goes before a file, and that before what the hub brings. */
export class TemplateChains {
  readonly #read: Handle;
  readonly #files: ReadonlyMap<string, TemplateFile>;

  constructor(read: Handle, files: ReadonlyMap<string, TemplateFile>) {
    this.#read = read;
    this.#files = files;
  }

  /** Of each name last what goes first. */
  async all(handle: Handle = this.#read): Promise<FoundTemplate[]> {
    const stored = await templateStore.all(handle);
    return [
      ...[...builtIn.values()].map((template): FoundTemplate => ({ template, source: 'builtin' })),
      ...[...this.#files.values()].map(({ template }): FoundTemplate => ({ template, source: 'file' })),
      ...stored.map(fromRow),
    ];
  }

  /** @throws template_not_found */
  async find(reference: string, { handle = this.#read, than }: Below = {}): Promise<FoundTemplate> {
    const [name = '', revision] = reference.split('@');
    const isBelow = (source: FoundTemplate['source']): boolean =>
      than === undefined ||
      (source === 'file' ? than.source === 'stored' : source === 'builtin' && than.source !== 'builtin');
    if (than === undefined) {
      const row = await (revision === undefined
        ? templateStore.latest(handle, name)
        : templateStore.revision(handle, name, Number(revision)));
      if (row !== undefined) return fromRow(row);
    }
    const file = this.#files.get(name)?.template;
    if (revision === undefined && file !== undefined && isBelow('file')) return { template: file, source: 'file' };
    const own = builtIn.get(name);
    if (revision === undefined && own !== undefined && isBelow('builtin')) return { template: own, source: 'builtin' };
    throw templateNotFound(reference);
  }

  /** What it extends, from the root down to itself. @throws template_not_found, template_invalid for a circle */
  async of(found: FoundTemplate, handle?: Handle): Promise<FoundTemplate[]> {
    const chain = [found];
    const seen = new Set([keyOf(found, '')]);
    for (let next: string | undefined = found.template.extends; next !== undefined; ) {
      const isOwnName = next === chain[0]!.template.name;
      const parent: FoundTemplate = await this.find(next, { handle, than: isOwnName ? chain[0] : undefined });
      if (seen.has(keyOf(parent, next)) || chain.length > MOST_EXTENDED)
        throw new HubError(
          'template_invalid',
          `${found.template.name} extends itself by way of others, or over ${MOST_EXTENDED} templates.`,
        );
      seen.add(keyOf(parent, next));
      chain.unshift(parent);
      next = parent.template.extends;
    }
    return chain;
  }

  /** What is wrong with it, with what it extends. */
  async faultsOf(found: FoundTemplate, handle?: Handle): Promise<readonly TemplateFault[]> {
    const chain = await this.of(found, handle).catch((error: unknown) => {
      if (error instanceof HubError) return error;
      throw error;
    });
    if (chain instanceof HubError) return [{ pointer: '/extends', message: chain.message }];
    const templates = chain.map(({ template }) => template);
    const { for: said } = found.template;
    if (said === undefined || said === targetOf(templates)) return templateFaults(templates);
    return [{ pointer: '/for', message: `must be ${targetOf(templates)}, as in the template that it extends` }];
  }

  async faultyOf(templates: readonly FoundTemplate[], handle?: Handle): Promise<FaultyTemplate[]> {
    const checked: FaultyTemplate[] = [];
    for (const found of templates) checked.push({ found, faults: await this.faultsOf(found, handle) });
    return checked.filter(({ faults }) => faults.length > 0);
  }

  /** What is without fault and extends the template, also by way of others, and has faults after the change. */
  async brokenBy(handle: Handle, name: string, change: () => Promise<unknown>): Promise<FaultyTemplate[]> {
    const heirs = heirsOf(name, await this.all(handle));
    const faulty = new Set((await this.faultyOf(heirs, handle)).map(({ found }) => found));
    await change();
    const intact = heirs.filter((heir) => !faulty.has(heir));
    return await this.faultyOf(intact, handle);
  }
}

const heirsOf = (name: string, all: readonly FoundTemplate[]): FoundTemplate[] => {
  const parentOf = ({ template }: FoundTemplate): string | undefined => template.extends?.split('@')[0];
  const names = new Set([name]);
  // What is added while it is gone through has its turn, too.
  for (const parent of names) for (const each of all) if (parentOf(each) === parent) names.add(each.template.name);
  return all.filter((each) => names.has(parentOf(each) ?? ''));
};

export interface StoredTemplate extends FoundTemplate {
  readonly at: number;
}

export const fromRow = ({ body, revision, created_at }: Omit<TemplateRow, 'id'>): StoredTemplate => ({
  template: JSON.parse(body) as Template,
  source: 'stored',
  revision,
  at: created_at,
});

export const templateNotFound = (name: string): HubError =>
  new HubError('template_not_found', `There is no template ${name}.`);

/** One revision of a template may extend another. */
const keyOf = ({ template, source }: FoundTemplate, reference: string): string =>
  reference.includes('@') ? reference : `${template.name} ${source}`;
