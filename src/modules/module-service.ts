import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { etagOf, type Module, moduleFromRow, moduleView } from './module.js';
import type { ModuleDirectory } from './module-directory.js';
import type { Descriptor, Heartbeat, ModuleQuery, ModuleView } from './module-schema.js';
import { type ModuleRow, moduleStore } from './module-store.js';
import { checkUserSchema } from './user-schema.js';

/** What removal must know of deliveries, which this folder cannot see. */
export interface OpenDeliveries {
  count(tx: Transaction, module: string): Awaitable<number>;
  /** Makes them dead letters. */
  bury(tx: Transaction, module: string, reason: string): Awaitable<number>;
}

/** What folders that this one cannot see demand of a descriptor. @throws HubError */
export type DescriptorCheck = (descriptor: Descriptor) => void;

/** What else goes with a module, in the transaction that removes it. */
export type ForgetModule = (tx: Transaction, module: string) => Promise<void>;

export interface ModuleServiceParts {
  readonly database: Database;
  readonly directory: ModuleDirectory;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly openDeliveries: OpenDeliveries;
  readonly forget: readonly ForgetModule[];
  readonly checks: readonly DescriptorCheck[];
}

export interface RegisterOptions {
  readonly source: 'api' | 'folder';
  /** Refused unless the module has this ETag now. `*`: unless it is there. */
  readonly ifMatch?: string | undefined;
}

export interface Registered {
  readonly outcome: 'created' | 'replaced' | 'unchanged';
  readonly module: Module;
}

export class ModuleService {
  readonly #parts: ModuleServiceParts;

  constructor(parts: ModuleServiceParts) {
    this.#parts = parts;
  }

  /** Registers, or replaces the whole descriptor. A descriptor that is equal to the present one changes nothing but the heartbeat. */
  async register(name: string, descriptor: Descriptor, { source, ifMatch }: RegisterOptions): Promise<Registered> {
    checkDescriptor(name, descriptor);
    for (const check of this.#parts.checks) check(descriptor);
    const { database, directory, clock } = this.#parts;
    return await database.write(async (tx) => {
      const present = await moduleStore.find(tx, name);
      checkMatch(name, present, ifMatch);
      const now = clock.now();
      const text = JSON.stringify({ ...descriptor, name });
      const isSame = present?.descriptor === text && present.source === source;
      const row: ModuleRow = {
        name,
        descriptor: text,
        source,
        revision: (present?.revision ?? 0) + (isSame ? 0 : 1),
        created_at: present?.created_at ?? now,
        updated_at: isSame ? present.updated_at : now,
        heartbeat_at: now,
        heartbeat: present?.heartbeat ?? null,
      };
      const module = moduleFromRow(row);
      await moduleStore.put(tx, row);
      tx.tell(directory.changed, row);
      if (!isSame) await this.#append(tx, present === undefined ? 'module.registered' : 'module.updated', module);
      return { outcome: present === undefined ? 'created' : isSame ? 'unchanged' : 'replaced', module };
    });
  }

  /** Merges into the descriptor as RFC 7396 says: null removes a member. The caller has validated the merged whole. */
  async patch(name: string, merged: Descriptor, ifMatch: string | undefined): Promise<Module> {
    const { module } = await this.register(name, merged, {
      source: this.get(name).row.source as 'api' | 'folder',
      ifMatch,
    });
    return module;
  }

  /** @throws module_has_open_deliveries unless `isForced`, which makes them dead letters. */
  async remove(name: string, isForced: boolean): Promise<void> {
    const { database, directory, events, clock, openDeliveries } = this.#parts;
    await database.write(async (tx) => {
      if ((await moduleStore.find(tx, name)) === undefined) throw notFound(name);
      const open = await openDeliveries.count(tx, name);
      if (open > 0 && !isForced) {
        throw new HubError(
          'module_has_open_deliveries',
          `${name} has ${open} open deliveries. With ?force=true they become dead letters.`,
        );
      }
      const buried = open === 0 ? 0 : await openDeliveries.bury(tx, name, `The module ${name} was removed.`);
      for (const forget of this.#parts.forget) await forget(tx, name);
      await moduleStore.remove(tx, name);
      await events.append(tx, { type: 'module.removed', at: clock.now(), module: name, data: { deadLetters: buried } });
      tx.tell(directory.removed, name);
    });
  }

  async heartbeat(name: string, heartbeat: Heartbeat): Promise<Module> {
    const { database, directory, clock } = this.#parts;
    return await database.write(async (tx) => {
      const present = await moduleStore.find(tx, name);
      if (present === undefined) throw notFound(name);
      const { status: _ownWord, ...kept } = heartbeat;
      const module = moduleFromRow({ ...present, heartbeat_at: clock.now(), heartbeat: JSON.stringify(kept) });
      await moduleStore.put(tx, module.row);
      tx.tell(directory.changed, module.row);
      return module;
    });
  }

  /** The event log keeps that a file of the modules folder was refused, and why. */
  async rejectFile(file: string, reason: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    await database.write((tx) =>
      events.append(tx, { type: 'module.file_rejected', at: clock.now(), data: { file, reason } }),
    );
  }

  find(name: string): Module | undefined {
    return this.#parts.directory.find(name);
  }

  /** @throws module_not_found */
  get(name: string): Module {
    return this.#parts.directory.get(name);
  }

  view(module: Module): ModuleView {
    return moduleView(module, this.#parts.clock.now(), this.#parts.directory.limits);
  }

  /** In order of their names. */
  list(query: ModuleQuery): Module[] {
    const { directory } = this.#parts;
    const words = query.q?.toLowerCase();
    const has = (list: readonly string[] | undefined, word: string | undefined): boolean =>
      word === undefined || list?.includes(word) === true;
    return directory
      .all()
      .filter((module) => {
        const { capabilities, dataTypes, description = '' } = module.descriptor;
        return (
          has(capabilities, query.capability) &&
          has(dataTypes?.consumes, query.consumes) &&
          has(dataTypes?.produces, query.produces) &&
          (query.runtime === undefined || module.runtime.type === query.runtime) &&
          (query.status === undefined || directory.status(module) === query.status) &&
          (words === undefined || `${module.name} ${description}`.toLowerCase().includes(words))
        );
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #append(tx: Transaction, type: 'module.registered' | 'module.updated', module: Module): Promise<void> {
    const { events, clock } = this.#parts;
    const { version, capabilities } = module.descriptor;
    const data = {
      runtime: module.runtime.type,
      revision: module.row.revision,
      source: module.row.source,
      version,
      capabilities,
    };
    await events.append(tx, { type, at: clock.now(), module: module.name, data });
  }
}

const notFound = (name: string): HubError =>
  new HubError('module_not_found', `There is no module named ${JSON.stringify(name)}.`);

const checkDescriptor = (name: string, descriptor: Descriptor): void => {
  if (descriptor.name !== undefined && descriptor.name !== name) {
    throw new HubError(
      'invalid_request',
      `The descriptor's name is ${JSON.stringify(descriptor.name)}, the address says ${JSON.stringify(name)}.`,
      {
        errors: [{ pointer: '/name', message: 'must be the name in the address' }],
      },
    );
  }
  for (const field of ['inputSchema', 'outputSchema'] as const) {
    const schema = descriptor[field];
    if (schema !== undefined) checkUserSchema(schema, `/${field}`);
  }
};

const checkMatch = (name: string, present: ModuleRow | undefined, ifMatch: string | undefined): void => {
  if (ifMatch === undefined) return;
  const isMatch = present !== undefined && (ifMatch === '*' || ifMatch === etagOf(moduleFromRow(present)));
  if (!isMatch) throw new HubError('precondition_failed', `${name} is not at ${ifMatch} any more.`);
};
