import { topic } from '../db/memory.js';
import type { Handle } from '../db/statement.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { type Module, moduleFromRow, statusOf } from './module.js';
import type { ModuleStatus, StatusLimits } from './module-state.js';
import { type ModuleRow, moduleStore } from './module-store.js';

/** All registered modules, in memory: what every send looks at. Changed only by the commits that changed the rows. */
export class ModuleDirectory {
  readonly changed = topic<ModuleRow>('module', (row) => this.#put(moduleFromRow(row)));
  readonly removed = topic<string>('module_removed', (name) => this.#modules.delete(name));
  /** Modules that showed themselves, and when. */
  readonly seen = topic<readonly (readonly [string, number])[]>('modules_seen', (signs) => {
    for (const [name, at] of signs) this.#sawSignAt(name, at);
  });
  readonly #modules = new Map<string, Module>();
  /** Signs of life that came to this hub since they were told to others. */
  readonly #signs = new Map<string, number>();
  readonly #clock: Clock;
  readonly limits: StatusLimits;

  constructor(clock: Clock, limits: StatusLimits) {
    this.#clock = clock;
    this.limits = limits;
  }

  async load(read: Handle): Promise<void> {
    const rows = await moduleStore.all(read);
    const gone = new Set(this.#modules.keys());
    for (const row of rows) {
      this.#put(moduleFromRow(row));
      gone.delete(row.name);
    }
    for (const name of gone) this.#modules.delete(name);
  }

  find(name: string): Module | undefined {
    return this.#modules.get(name);
  }

  /** @throws module_not_found */
  get(name: string): Module {
    const module = this.#modules.get(name);
    if (module === undefined)
      throw new HubError('module_not_found', `There is no module named ${JSON.stringify(name)}.`);
    return module;
  }

  all(): Module[] {
    return [...this.#modules.values()];
  }

  get size(): number {
    return this.#modules.size;
  }

  status(module: Module): ModuleStatus {
    return statusOf(module, this.#clock.now(), this.limits);
  }

  /** Those that have the capability and are not offline. */
  capable(capability: string): Module[] {
    return this.all().filter(
      (module) => module.descriptor.capabilities?.includes(capability) === true && this.status(module) !== 'offline',
    );
  }

  /** A claim, or anything else that only a living module does. */
  sawSign(name: string): void {
    const now = this.#clock.now();
    this.#sawSignAt(name, now);
    this.#signs.set(name, now);
  }

  takeSigns(): [name: string, at: number][] {
    const signs = [...this.#signs];
    this.#signs.clear();
    return signs;
  }

  #sawSignAt(name: string, at: number): void {
    const module = this.#modules.get(name);
    if (module !== undefined) module.lastSignAt = Math.max(module.lastSignAt, at);
  }

  #put(module: Module): void {
    const { lastSignAt = 0 } = this.#modules.get(module.name) ?? {};
    module.lastSignAt = Math.max(module.lastSignAt, lastSignAt);
    this.#modules.set(module.name, module);
  }
}
