import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.js';
import { type Acting, keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import { randomToken } from '../lib/random-token.js';
import type { ClaudeSettings } from '../modules/claude-runtime-schema.js';
import type { Module } from '../modules/module.js';
import type { AgentInstance, ConversationOf, InstanceRun, SystemPromptOf } from './agent-instance.js';
import type { AgentLaunch } from './agent-launch.js';
import type { AgentTools, LentTools } from './agent-tools.js';
import type { AgentDriver, AgentProcess, AgentSession, AgentStartOptions } from './drivers/agent-driver.js';
import type { InstanceRecorder } from './instance-recorder.js';
import type { Lanes } from './lanes/lanes.js';
import type { LiveInstances } from './live-instances.js';
import { sessionFor } from './session-choice.js';
import { sessionStore } from './session-store.js';

export interface InstanceStarterParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly recorder: InstanceRecorder;
  readonly driver: AgentDriver;
  readonly launch: AgentLaunch;
  readonly systemPromptOf: SystemPromptOf;
  readonly tools: AgentTools;
  readonly lanes: Lanes;
  readonly live: Pick<LiveInstances, 'all'>;
  /** Starts the tag of every process of this database. */
  readonly tagPrefix: string;
}

export interface InstanceRequest {
  readonly module: Module;
  /** Undefined for a spare. */
  readonly conversationId: string | undefined;
  readonly name: string | undefined;
  /** What it goes on with; undefined for a new session. */
  readonly session: AgentSession | undefined;
  /** Of the message that it is started for: its programs go on in that trace. */
  readonly traceparent?: string | undefined;
  /** For who has asked for it, where a person has. */
  readonly acting?: Acting;
}

/** What a process goes on with, where there is anything. */
interface Continued {
  readonly known: AgentSession | undefined;
  readonly knownLane: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Starts instances, and the processes that replace theirs: first the row, then the process, so that none is without a row. */
export class InstanceStarter {
  readonly #parts: InstanceStarterParts;
  #hasStarted = false;

  constructor(parts: InstanceStarterParts) {
    this.#parts = parts;
  }

  /** Whether a process has ever started here: then a program that is missing is being replaced, and will be back. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** The session that a conversation goes on with; undefined where it has none yet. */
  async sessionOf({ module, conversationId }: ConversationOf): Promise<AgentSession | undefined> {
    return await sessionFor(this.#parts.database.read, conversationId, module);
  }

  /** The lane in whose folder the session of a conversation lies; undefined where it has none. */
  async laneOf(module: string, conversationId: string | undefined): Promise<string | undefined> {
    if (conversationId === undefined || this.#parts.lanes.all().length === 1) return this.#parts.lanes.only;
    return (await sessionStore.find(this.#parts.database.read, conversationId, module))?.lane ?? undefined;
  }

  async start(request: InstanceRequest): Promise<AgentInstance> {
    const { module, conversationId, name, session, traceparent, acting = keepActing() } = request;
    const { clock, recorder, database } = this.#parts;
    const knownLane = await this.laneOf(module.name, conversationId);
    const planned = await this.#plan(module, { known: session, knownLane, traceparent });
    const { sessionId, tag, lane } = planned;
    const startedAt = clock.now();
    const about = { module: module.name, name, conversationId };
    const isResumed = session?.kind === 'resume';
    const id = await acting(() => recorder.start({ ...about, lane, sessionId, isResumed, tag, startedAt }));
    try {
      const run = planned.start();
      this.#hasStarted ||= run.process.pid !== undefined;
      await recorder.savePid(id, run.process.pid);
      return { id, ...about, startedAt, run, state: 'starting', ...unused, lastUsedAt: startedAt };
    } catch (error) {
      const end = { id, ...about, state: 'crashed', reason: errorMessage(error) } as const;
      await database.write((tx) => recorder.end(tx, end));
      throw error;
    }
  }

  /** Another process for an instance whose last one is gone. What it has not kept of its session is lost. */
  async startAgain(instance: AgentInstance, module: Module, acting: Acting): Promise<void> {
    const planned = await this.#plan(module, {
      known: await this.#sessionAgain(instance),
      knownLane: instance.run.lane,
    });
    await acting(() => this.#parts.recorder.restart(instance, planned));
    instance.run = planned.start();
    instance.state = 'starting';
    await this.#parts.recorder.savePid(instance.id, instance.run.process.pid);
  }

  async #sessionAgain({ run, module, conversationId }: AgentInstance): Promise<AgentSession | undefined> {
    if (run.isSessionKept) return { kind: 'resume', id: run.sessionId };
    return conversationId === undefined ? undefined : await this.sessionOf({ module, conversationId });
  }

  async #plan(module: Module, { known, knownLane, traceparent }: Continued) {
    const { launch, systemPromptOf, tools, tagPrefix, clock, lanes, live } = this.#parts;
    const session = known ?? { kind: 'new', id: randomUUID() };
    const tag = `${tagPrefix}${randomToken(9)}`;
    const inUse = live.all().map(({ run }) => run.lane);
    const lane = lanes.choose(module, knownLane, inUse);
    const systemPrompt = await systemPromptOf(module);
    const options = await launch(module, { tag, session, profile: lanes.profile(lane), systemPrompt, traceparent });
    const lent = await tools.lend(module.name, tag, options.allowedTools);
    const of = { tag, sessionId: session.id, lane };
    const start = (): InstanceRun => ({
      ...of,
      process: this.#launched({ ...options, ...lent.options }, lent),
      descriptor: module.row.descriptor,
      systemPrompt,
      settings: claudeSettingsOf(module),
      startedAt: clock.now(),
      isSessionKept: session.kind === 'resume',
      turns: 0,
      costUsd: 0,
      reported: undefined,
    });
    return { ...of, start };
  }

  /** What it was lent ends with it. */
  #launched(options: AgentStartOptions, lent: LentTools): AgentProcess {
    try {
      const process = this.#parts.driver.start(options);
      void process.exited.then(() => lent.takeBack());
      return process;
    } catch (error) {
      void lent.takeBack();
      throw error;
    }
  }
}

/** An agent that is started is one. */
const claudeSettingsOf = ({ runtime }: Module): ClaudeSettings =>
  runtime.type === 'claude' ? runtime : { type: 'claude' };

const unused = { wanted: undefined, turn: undefined, isRestarting: false, turns: 0, costUsd: 0 };
