import type { Handle } from '../db/statement.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { type Module, moduleFromRow, statusOf } from './module.js';
import type { ModuleStatus, StatusLimits } from './module-state.js';
import { moduleStore } from './module-store.js';

/** All registered modules, in memory: what every send looks at. Changed only after the commit that changed the rows. */
export class ModuleDirectory {
  readonly #modules = new Map<string, Module>();
  readonly #clock: Clock;
  readonly limits: StatusLimits;

  constructor(clock: Clock, limits: StatusLimits) {
    this.#clock = clock;
    this.limits = limits;
  }

  async load(read: Handle): Promise<void> {
    for (const row of await moduleStore.all(read)) this.put(moduleFromRow(row));
  }

  put(module: Module): void {
    this.#modules.set(module.name, module);
  }

  remove(name: string): void {
    this.#modules.delete(name);
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
    const module = this.#modules.get(name);
    if (module !== undefined) module.lastSignAt = this.#clock.now();
  }
}
