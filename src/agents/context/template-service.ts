import type { Database } from '../../db/database.js';
import { topic } from '../../db/memory.js';
import type { Handle } from '../../db/statement.js';
import type { EventStore } from '../../events/event-store.js';
import { type Clock, toRfc3339 } from '../../lib/clock.js';
import { HubError } from '../../lib/errors.js';
import { builtInChoice } from './built-in-choice.js';
import type { ContextTarget } from './context-variables.js';
import { resolveTemplate, type TemplateFault, targetOf } from './resolve-template.js';
import {
  type FaultyTemplate,
  fromRow,
  type StoredTemplate,
  TemplateChains,
  templateNotFound,
} from './template-chains.js';
import type { TemplateFile } from './template-files.js';
import type { NewTemplate, TemplateView } from './template-schema.js';
import { templateStore } from './template-store.js';
import type { FoundTemplate, Template, TemplateChoice, TemplateKind } from './template-types.js';

export interface TemplateServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  /** Of GRANGER_TEMPLATES, by name. */
  readonly files: ReadonlyMap<string, TemplateFile>;
}

export class TemplateService {
  /** One of them was saved or deleted: others may extend it, so everything is chosen anew. */
  readonly changed = topic<string>('template', () => this.forget());
  readonly #parts: TemplateServiceParts;
  readonly #files: Map<string, TemplateFile>;
  readonly #chains: TemplateChains;
  /** Every turn asks for the same few. */
  readonly #chosen = new Map<string, Promise<TemplateChoice>>();

  constructor(parts: TemplateServiceParts) {
    this.#parts = parts;
    this.#files = new Map(parts.files);
    this.#chains = new TemplateChains(parts.database.read, this.#files);
  }

  /** Files with faults count no more, nor do those that extend them in vain. @returns why, for each */
  async refuseFaultyFiles(): Promise<readonly { readonly file: string; readonly reason: string }[]> {
    const refused: { file: string; reason: string }[] = [];
    for (let before = -1; before < refused.length; ) {
      before = refused.length;
      const files = (await this.#chains.all()).filter(({ source }) => source === 'file');
      for (const { found, faults } of await this.#chains.faultyOf(files)) {
        const { file } = this.#files.get(found.template.name)!;
        this.#files.delete(found.template.name);
        refused.push({ file, reason: faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ') });
      }
    }
    return refused;
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
      const chain = await this.#chains.of(await this.#chains.find(named));
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
    return viewOf(await this.#chains.find(revision === undefined ? name : `${name}@${revision}`));
  }

  /** All names, each with what goes first. */
  async list(): Promise<TemplateView[]> {
    const found = new Map((await this.#chains.all()).map((each) => [each.template.name, each]));
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
      const broken = await this.#chains.brokenBy(tx, name, async () => templateStore.insert(tx, row));
      if (broken.length > 0) throw invalid(breaks(broken), faultsIn(broken));
      tx.tell(this.changed, name);
      await events.append(tx, { type: 'template.saved', at: row.created_at, data: { name, revision } });
      return { view: viewOf(fromRow(row)), isNew: latest === undefined };
    });
  }

  /** With all its revisions; a file or a template of the hub's own of that name counts again. @throws template_not_found, conflict */
  async remove(name: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    await database.write(async (tx) => {
      const broken = await this.#chains.brokenBy(tx, name, async () => {
        if ((await templateStore.remove(tx, name)) === 0) throw templateNotFound(name);
      });
      if (broken.length > 0) throw new HubError('conflict', breaks(broken));
      tx.tell(this.changed, name);
      await events.append(tx, { type: 'template.deleted', at: clock.now(), data: { name } });
    });
  }

  /** @throws template_invalid */
  async #check(template: Template, handle: Handle): Promise<void> {
    const faults = await this.#chains.faultsOf({ template, source: 'stored' }, handle);
    const [first] = faults;
    if (first !== undefined) throw invalid(`The template is not valid: ${first.pointer} ${first.message}`, faults);
  }
}

const viewOf = (found: FoundTemplate): TemplateView =>
  ({
    ...found.template,
    source: found.source,
    ...(found.revision === undefined ? {} : { revision: found.revision }),
    ...('at' in found ? { updatedAt: toRfc3339((found as StoredTemplate).at) } : {}),
  }) as TemplateView;

const breaks = (broken: readonly FaultyTemplate[]): string =>
  `It would break ${broken.map(({ found }) => found.template.name).join(', ')}, which extend it.`;

const faultsIn = (broken: readonly FaultyTemplate[]): TemplateFault[] =>
  broken.flatMap(({ found, faults }) =>
    faults.map(({ pointer, message }) => ({ pointer: '', message: `${found.template.name}: ${pointer} ${message}` })),
  );

const invalid = (message: string, errors: readonly TemplateFault[]): HubError =>
  new HubError('template_invalid', message, { errors });
