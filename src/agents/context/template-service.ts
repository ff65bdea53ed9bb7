import type { Database } from '../../db/database.js';
import { topic } from '../../db/memory.js';
import type { Handle } from '../../db/statement.js';
import type { EventStore } from '../../events/event-store.js';
import { type Clock, toRfc3339 } from '../../lib/clock.js';
import { HubError } from '../../lib/errors.js';
import { builtIn, builtInChoice } from './built-in-choice.js';
import type { ContextTarget } from './context-variables.js';
import { resolveTemplate, targetOf, templateFaults } from './resolve-template.js';
import type { NewTemplate, TemplateView } from './template-schema.js';
import { templateStore } from './template-store.js';
import type { FoundTemplate, Template, TemplateChoice, TemplateKind } from './template-types.js';

/** A template that extends another, and so on, no more often. */
const MOST_EXTENDED = 8;

export interface TemplateServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  /** Of GRANGER_TEMPLATES, by name. */
  readonly files: ReadonlyMap<string, Template>;
}

interface Below {
  readonly handle?: Handle | undefined;
  /** The template that asks for one of its own name: what it stands in front of is meant. */
  readonly than?: FoundTemplate | undefined;
}

export class TemplateService {
  /** One of them was saved or deleted: others may extend it, so everything is chosen anew. */
  readonly changed = topic<string>('template', () => this.forget());
  readonly #parts: TemplateServiceParts;
  /** Every turn asks for the same few. */
  readonly #chosen = new Map<string, Promise<TemplateChoice>>();

  constructor(parts: TemplateServiceParts) {
    this.#parts = parts;
  }

  /** The template for a kind. One that is asked for and cannot be used is replaced by the hub's own, with a note. */
  choose(kind: TemplateKind | 'system', named: string = kind): Promise<TemplateChoice> {
    const key = `${kind} ${named}`;
    const known = this.#chosen.get(key);
    if (known !== undefined) return known;
    const choice = this.#choose(kind, named);
    this.#chosen.set(key, choice);
    choice.catch(() => this.forget());
    return choice;
  }

  forget(): void {
    this.#chosen.clear();
  }

  async #choose(kind: TemplateKind | 'system', named: string): Promise<TemplateChoice> {
    const target: ContextTarget = kind === 'system' ? 'system' : 'turn';
    try {
      const chain = await this.#chain(await this.#get(named));
      const templates = chain.map(({ template }) => template);
      if (targetOf(templates) === target) return { ...chain.at(-1)!, resolved: resolveTemplate(templates) };
      return { ...builtInChoice(kind), note: `${named} is not for the ${target}.` };
    } catch (error) {
      if (error instanceof HubError) return { ...builtInChoice(kind), note: error.message };
      throw error;
    }
  }

  /** @throws template_not_found */
  async get(name: string, revision?: number): Promise<TemplateView> {
    return viewOf(await this.#get(revision === undefined ? name : `${name}@${revision}`));
  }

  /** All names, each with what goes first. */
  async list(): Promise<TemplateView[]> {
    const stored = await templateStore.all(this.#parts.database.read);
    const found = new Map<string, FoundTemplate>();
    for (const [name, template] of builtIn) found.set(name, { template, source: 'builtin' });
    for (const [name, template] of this.#parts.files) found.set(name, { template, source: 'file' });
    for (const row of stored) found.set(row.name, fromRow(row));
    return [...found.values()].map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A new revision, unless it is the one that is there. @throws template_invalid with the place of each fault */
  async put(name: string, given: NewTemplate): Promise<{ readonly view: TemplateView; readonly isNew: boolean }> {
    const { database, events, clock } = this.#parts;
    const { name: _same, ...rest } = given;
    const template: Template = { name, ...rest };
    return await database.write(async (tx) => {
      const latest = await templateStore.latest(tx, name);
      await this.#check(template, tx);
      const body = JSON.stringify(template);
      if (latest?.body === body) return { view: viewOf(fromRow(latest)), isNew: false };
      const revision = (latest?.revision ?? 0) + 1;
      const row = { name, revision, body, created_at: clock.now() };
      await templateStore.insert(tx, row);
      tx.tell(this.changed, name);
      await events.append(tx, { type: 'template.saved', at: row.created_at, data: { name, revision } });
      return { view: viewOf(fromRow(row)), isNew: latest === undefined };
    });
  }

  /** With all its revisions; a file or a template of the hub's own of that name counts again. @throws template_not_found, conflict */
  async remove(name: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    await database.write(async (tx) => {
      if ((await templateStore.remove(tx, name)) === 0) throw notFound(name);
      const others = (await templateStore.all(tx)).map((row) => fromRow(row).template);
      const needing = others.find((other) => nameOf(other.extends) === name);
      const isStillThere = needing?.extends === name && (this.#parts.files.has(name) || builtIn.has(name));
      if (needing !== undefined && !isStillThere) throw new HubError('conflict', `${needing.name} extends ${name}.`);
      tx.tell(this.changed, name);
      await events.append(tx, { type: 'template.deleted', at: clock.now(), data: { name } });
    });
  }

  /** @throws template_invalid */
  async #check(template: Template, handle: Handle): Promise<void> {
    const chain = await this.#chain({ template, source: 'stored' }, handle).catch((error: unknown) => {
      if (!(error instanceof HubError)) throw error;
      throw invalid(error.message, [{ pointer: '/extends', message: error.message }]);
    });
    const templates = chain.map((each) => each.template);
    const { for: said } = template;
    if (said !== undefined && said !== targetOf(templates)) {
      const message = `must be ${targetOf(templates)}, as in the template that it extends`;
      throw invalid(`for ${message}.`, [{ pointer: '/for', message }]);
    }
    const faults = templateFaults(templates);
    if (faults.length > 0) throw invalid(`The template is not valid: ${faults[0]!.message}.`, faults);
  }

  /** What it extends, from the root down to itself. @throws template_not_found, template_invalid for a circle */
  async #chain(found: FoundTemplate, handle?: Handle): Promise<FoundTemplate[]> {
    const chain = [found];
    const seen = new Set([keyOf(found, '')]);
    for (let next: string | undefined = found.template.extends; next !== undefined; ) {
      const isOwnName = next === chain[0]!.template.name;
      const parent: FoundTemplate = await this.#get(next, { handle, than: isOwnName ? chain[0] : undefined });
      if (seen.has(keyOf(parent, next)) || chain.length > MOST_EXTENDED)
        throw invalid(
          `${found.template.name} extends itself by way of others, or over ${MOST_EXTENDED} templates.`,
          [],
        );
      seen.add(keyOf(parent, next));
      chain.unshift(parent);
      next = parent.template.extends;
    }
    return chain;
  }

  async #get(reference: string, { handle = this.#parts.database.read, than }: Below = {}): Promise<FoundTemplate> {
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
    const file = this.#parts.files.get(name);
    if (revision === undefined && file !== undefined && isBelow('file')) return { template: file, source: 'file' };
    const own = builtIn.get(name);
    if (revision === undefined && own !== undefined && isBelow('builtin')) return { template: own, source: 'builtin' };
    throw notFound(reference);
  }
}

interface StoredTemplate {
  readonly body: string;
  readonly revision: number;
  readonly created_at: number;
}

interface FoundRow extends FoundTemplate {
  readonly at: number;
}

const fromRow = ({ body, revision, created_at }: StoredTemplate): FoundRow => ({
  template: JSON.parse(body) as Template,
  source: 'stored',
  revision,
  at: created_at,
});

const viewOf = (found: FoundTemplate): TemplateView =>
  ({
    ...found.template,
    source: found.source,
    ...(found.revision === undefined ? {} : { revision: found.revision }),
    ...('at' in found ? { updatedAt: toRfc3339((found as FoundRow).at) } : {}),
  }) as TemplateView;

/** One revision of a template may extend another. */
const keyOf = ({ template, source }: FoundTemplate, reference: string): string =>
  reference.includes('@') ? reference : `${template.name} ${source}`;

const nameOf = (reference: string | undefined): string | undefined => reference?.split('@')[0];

const notFound = (name: string): HubError => new HubError('template_not_found', `There is no template ${name}.`);

const invalid = (
  message: string,
  errors: readonly { readonly pointer: string; readonly message: string }[],
): HubError => new HubError('template_invalid', message, { errors });
