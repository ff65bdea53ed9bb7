import { type Acting, keepActing } from '../lib/acting-key.js';
import type { Logger } from '../lib/logger.js';
import type { Module } from '../modules/module.js';
import { type AgentInstance, conversationKey, type InstanceRun } from './agent-instance.js';
import type { AgentExitReason } from './drivers/agent-driver.js';
import { settlesWithin } from './drivers/settles-within.js';
import type { InstanceRecorder } from './instance-recorder.js';
import type { InstanceStarter } from './instance-starter.js';
import type { LiveInstances } from './live-instances.js';
import type { OneAtATime } from './one-at-a-time.js';
import type { StartBreakers } from './start-breakers.js';

export interface InstanceOrdersParts {
  readonly logger: Logger;
  readonly recorder: InstanceRecorder;
  readonly live: LiveInstances;
  readonly starter: InstanceStarter;
  readonly alone: OneAtATime;
  readonly starts: StartBreakers;
}

/** Longest until a process that was started ahead of its first turn answers. */
const READY_MS = 60_000;

/** What a person may ask of an instance. What cannot be done in the middle of a turn is done when the turn is over. */
export class InstanceOrders {
  readonly #parts: InstanceOrdersParts;

  constructor(parts: InstanceOrdersParts) {
    this.#parts = parts;
  }

  /** It takes no turn from now on, and lets the one it has come to its end. */
  async pause(instance: AgentInstance): Promise<void> {
    if (instance.state === 'paused') return;
    instance.wanted = { order: 'pause', acting: keepActing() };
    if (instance.state === 'idle') await this.#pauseNow(instance);
  }

  async resume(instance: AgentInstance): Promise<void> {
    if (instance.wanted?.order === 'pause') instance.wanted = undefined;
    if (instance.state !== 'paused') return;
    instance.state = 'idle';
    await this.#parts.recorder.move(instance, 'idle', 'instance.resumed');
    this.#parts.live.news.tell();
  }

  /** The turn fails for good. @returns false where there is none */
  async interrupt(instance: AgentInstance): Promise<boolean> {
    const { turn } = instance;
    if (turn === undefined) return false;
    turn.end('interrupted');
    await this.#parts.recorder.interrupted(instance);
    while (instance.turn === turn) await this.#parts.live.news.next();
    return true;
  }

  /** Another process in its place that goes on with its session. A turn under way goes back untried, a pause stays. */
  async restart(instance: AgentInstance, module: Module): Promise<void> {
    const { id, module: name, conversationId } = instance;
    const key = conversationId === undefined ? `spare ${id}` : conversationKey({ module: name, conversationId });
    const acting = keepActing();
    await this.#parts.alone.run(key, () => this.#restart(instance, module, acting));
  }

  /** It is gone when its turn is over; at once where it has none, and then this returns true. */
  async stop(instance: AgentInstance): Promise<boolean> {
    if (instance.turn === undefined) {
      await this.#parts.live.end(instance, 'somebody asked for it');
      return true;
    }
    instance.wanted = { order: 'stop', acting: keepActing() };
    instance.state = 'stopping';
    await this.#parts.recorder.move(instance, 'stopping');
    return false;
  }

  /** Without a word to its process. A turn under way goes back untried. */
  async kill(instance: AgentInstance): Promise<void> {
    const ended = this.#parts.live.end(instance, 'somebody asked to kill it');
    instance.turn?.end('instance_stopped');
    await instance.run.process.kill();
    await ended;
  }

  /** What was asked for while it could not be done. */
  apply(instance: AgentInstance): void {
    const { wanted } = instance;
    if (wanted?.order === 'stop') void wanted.acting(() => this.#parts.live.end(instance, 'somebody asked for it'));
    else if (wanted?.order === 'pause' && instance.state === 'idle')
      wanted.acting(() => this.#pauseNow(instance)).catch((error: unknown) => this.#report(error));
  }

  /** A process started ahead of its first turn is idle when it answers; one that does not answer is ended. */
  awaitReady(instance: AgentInstance): void {
    const { run } = instance;
    const becomeReady = async (): Promise<void> => {
      const failure = await failureOf(run.process.ready());
      if (failure !== undefined) return this.#failToStart(instance, run, failure);
      this.#parts.starts.forget(instance.module);
      // In a turn already, or asked to stop.
      if (instance.run !== run || instance.state !== 'starting') return;
      instance.state = 'idle';
      await this.#parts.recorder.move(instance, 'idle', 'instance.ready');
      this.apply(instance);
      this.#parts.live.news.tell();
    };
    becomeReady().catch((error: unknown) => this.#report(error));
  }

  #failToStart(instance: AgentInstance, run: InstanceRun, { code, message }: AgentExitReason): void {
    if (code === 'agent_stopped') return;
    this.#parts.starts.failed(instance.module, message);
    if (instance.run === run) this.#parts.live.discard(instance, message);
  }

  async #pauseNow(instance: AgentInstance): Promise<void> {
    instance.wanted = undefined;
    instance.state = 'paused';
    await this.#parts.recorder.move(instance, 'paused', 'instance.paused');
  }

  async #restart(instance: AgentInstance, module: Module, acting: Acting): Promise<void> {
    const { recorder, starter, live } = this.#parts;
    if (live.find(instance.id) !== instance) return;
    if (instance.state === 'paused') instance.wanted = { order: 'pause', acting };
    instance.isRestarting = true;
    try {
      instance.state = 'stopping';
      await recorder.move(instance, 'stopping');
      instance.turn?.end('instance_stopped');
      await instance.run.process.stop();
      while (instance.turn !== undefined) await live.news.next();
      await starter.startAgain(instance, module, acting);
    } catch (error) {
      instance.isRestarting = false;
      live.discard(instance, 'it could not be started again');
      throw error;
    }
    instance.isRestarting = false;
    live.watch(instance);
    this.awaitReady(instance);
  }

  #report(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'an agent could not be put on record');
  }
}

/** Why a process did not get ready; undefined where it did. */
const failureOf = async (ready: Promise<void>): Promise<AgentExitReason | undefined> => {
  const answer = ready.then(
    () => undefined,
    (error: AgentExitReason) => error,
  );
  if (await settlesWithin(answer, READY_MS)) return await answer;
  return { code: 'agent_start_failed', message: `It did not answer for ${READY_MS / 1000} s.` };
};
