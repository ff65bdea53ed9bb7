import type { Clock } from '../../lib/clock.js';
import { errorMessage } from '../../lib/errors.js';
import type { Logger } from '../../lib/logger.js';
import { randomToken } from '../../lib/random-token.js';
import type { DeliveryService } from '../../messages/delivery-service.js';
import type { HeldDelivery, ServedOutcome } from '../../messages/held-delivery.js';
import type { HubService } from '../../messages/hub-server.js';
import type { Module } from '../../modules/module.js';
import type { ModuleDirectory } from '../../modules/module-directory.js';
import type { CommandSettings } from '../../modules/served-runtime-schema.js';
import { commandEnvironment } from './command-environment.js';
import { CommandProcess } from './command-process.js';
import type { CommandRestarts } from './command-restarts.js';

const DEFAULT_CONCURRENCY = 1;
const DEFAULT_TIMEOUT_SECONDS = 600;

export interface CommandServerParts {
  readonly modules: Pick<ModuleDirectory, 'find'>;
  readonly deliveries: Pick<DeliveryService, 'inbox'>;
  readonly restarts: CommandRestarts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The hub's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Starts the tag of every process of this database. */
  readonly tagPrefix: string;
}

interface RunningCommand {
  readonly process: CommandProcess;
  /** The module's descriptor as it was when the process started: a changed one needs a new process. */
  readonly revision: number;
  readonly startedAt: number;
}

/** Keeps a program running for each module with the runtime `command`, from its first delivery on, and gives it what comes. */
export class CommandServer implements HubService {
  readonly #parts: CommandServerParts;
  readonly #running = new Map<string, RunningCommand>();
  readonly #ending = new Set<Promise<void>>();
  #look: () => void = () => {};

  constructor(parts: CommandServerParts) {
    this.#parts = parts;
  }

  serves({ runtime }: Module): boolean {
    return runtime.type === 'command';
  }

  onRoom(look: () => void): void {
    this.#look = look;
  }

  async makeRoom(module: Module): Promise<number> {
    const { name, runtime } = module;
    if (runtime.type !== 'command') return 0;
    if (!this.#running.has(name)) await this.#startIfDue(name);
    const running = this.#running.get(name);
    if (running === undefined || !running.process.isTaking || this.#isOld(name, running)) return 0;
    if (!this.#parts.restarts.isTrusted(name, running.startedAt)) return 0;
    return (runtime.concurrency ?? DEFAULT_CONCURRENCY) - running.process.holding;
  }

  async serve(held: HeldDelivery): Promise<ServedOutcome> {
    const { name } = held.module;
    const running = this.#running.get(name);
    if (running === undefined) return { kind: 'released' };
    const outcome = await running.process.ask(held);
    if (running.process.hasAnswered && running.process.isTaking) this.#parts.restarts.forget(name);
    this.#stopIfOld(name);
    return outcome;
  }

  /** What is with the program of a changed module is finished by it first; of a removed one nothing is left to finish. */
  moduleChanged(name: string): void {
    this.#parts.restarts.forget(name);
    const running = this.#running.get(name);
    if (running === undefined) return;
    if (this.#parts.modules.find(name) === undefined) this.#stop(running);
    else this.#stopIfOld(name);
  }

  async stop(): Promise<void> {
    for (const running of this.#running.values()) this.#stop(running);
    await Promise.all(this.#ending);
  }

  /** Not for what is delayed or blocked. */
  async #startIfDue(name: string): Promise<void> {
    const { modules, deliveries, restarts } = this.#parts;
    if (!restarts.mayStart(name) || (await deliveries.inbox(name, 1)).length === 0) return;
    const module = modules.find(name);
    if (module?.runtime.type === 'command') this.#start(module, module.runtime);
  }

  #start({ name, row }: Module, settings: CommandSettings): void {
    const { clock, logger, restarts } = this.#parts;
    try {
      const running = { process: this.#spawn(name, settings), revision: row.revision, startedAt: clock.now() };
      this.#running.set(name, running);
      this.#track(this.#whenEnded(name, running));
    } catch (error) {
      logger.warn({ module: name, reason: errorMessage(error) }, 'a command could not be started');
      restarts.ended(name, { hasAnswered: false, wasInOrder: false });
    }
  }

  #spawn(module: string, settings: CommandSettings): CommandProcess {
    const { logger, environment, tagPrefix } = this.#parts;
    const tag = `${tagPrefix}${randomToken(9)}`;
    return new CommandProcess({
      module,
      command: settings.command,
      cwd: settings.cwd ?? process.cwd(),
      environment: commandEnvironment(environment, settings, tag),
      tag,
      timeoutSeconds: settings.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      logger,
    });
  }

  async #whenEnded(name: string, running: RunningCommand): Promise<void> {
    const end = await running.process.exited;
    await running.process.stop();
    this.#running.delete(name);
    const { hasAnswered } = running.process;
    const details = { module: name, reason: end?.message };
    if (end?.code === 'agent_stopped' || this.#isOld(name, running)) {
      this.#parts.logger.info(details, 'a command was stopped');
    } else {
      this.#parts.restarts.ended(name, { hasAnswered, wasInOrder: end === undefined });
      this.#parts.logger.warn(details, 'a command ended');
    }
    this.#look();
  }

  #isOld(name: string, { revision }: RunningCommand): boolean {
    const module = this.#parts.modules.find(name);
    return module?.runtime.type !== 'command' || module.row.revision !== revision;
  }

  #stopIfOld(name: string): void {
    const running = this.#running.get(name);
    if (running !== undefined && !running.process.isWanted && this.#isOld(name, running)) this.#stop(running);
  }

  #stop({ process }: RunningCommand): void {
    this.#track(process.stop());
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'a command could not be ended cleanly'))
      .finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }
}
