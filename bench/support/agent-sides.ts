import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type HubProcess, startHubProcess } from '../../examples/demo/hub-process.js';
import { offlineEnvironment } from '../../examples/offline/offline-environment.js';
import { agentEnvironment } from '../../src/agents/agent-launch.js';
import { builtInChoice } from '../../src/agents/context/built-in-choice.js';
import { ContextBuilder } from '../../src/agents/context/context-builder.js';
import type { AgentProcess } from '../../src/agents/drivers/agent-driver.js';
import { createClaudeDriver } from '../../src/agents/drivers/claude-driver.js';
import { HubApi } from './hub-api.js';

const descriptor = { description: 'Processes batches of numbers', runtime: 'claude' } as const;
const payload = { message: 'Please process this data batch', batch: [...Array(10).keys()] };
const contexts = new ContextBuilder({ templates: { choose: async (kind) => builtInChoice(kind) }, budget: 20_000 });
const processor = { name: 'Processor', descriptor };
export const message = { from: 'Producer', to: 'Processor', type: 'task.process', payload };

export interface SideOptions {
  readonly folder: string;
  readonly program: string;
  readonly apiUrl: string;
  /** Added to what the agents inherit. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the hub, besides the default ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

const environmentOf = ({ folder, apiUrl, environment }: SideOptions): Record<string, string | undefined> => ({
  ...process.env,
  ...offlineEnvironment({ apiUrl, configDir: join(folder, 'config') }),
  ...environment,
});

/** The CLI as the hub's driver runs it, without the hub: the same arguments, environment and prompt. */
export class DirectSide {
  readonly #options: SideOptions;
  readonly #started: AgentProcess[] = [];

  constructor(options: SideOptions) {
    this.#options = options;
  }

  async start(): Promise<AgentProcess> {
    const { folder, program } = this.#options;
    const cwd = join(folder, 'agents', 'Processor');
    await mkdir(cwd, { recursive: true });
    const agent = createClaudeDriver().start({
      program,
      cwd,
      environment: agentEnvironment({ environment: environmentOf(this.#options), dataFolder: folder }),
      tag: `bench-${randomUUID()}`,
      session: { kind: 'new', id: randomUUID() },
      systemPrompt: (await contexts.system(processor)).text,
    });
    this.#started.push(agent);
    return agent;
  }

  /** One turn. @returns how long it took, in milliseconds */
  async turn(agent: AgentProcess): Promise<number> {
    const { blocks: prompt } = await contexts.turn(processor, {
      kind: 'query',
      asker: { name: message.from, descriptor: {} },
      message: { id: 'msg_1', type: message.type, replyTo: undefined, payload },
    });
    const start = performance.now();
    const result = await agent.runTurn(prompt, () => {});
    const tookMs = performance.now() - start;
    if (result.outcome !== 'succeeded') throw new Error(`A turn of the CLI ended as ${result.subtype}.`);
    return tookMs;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map((agent) => agent.stop()));
  }
}

interface Answered {
  readonly reply?: { readonly payload: { readonly status: string; readonly response: string } };
}

/** A hub in a process of its own, and a client that waits for its answers. */
export class HubSide {
  readonly process: HubProcess;
  readonly #api: HubApi;
  #stopping: Promise<void> | undefined;

  private constructor(process: HubProcess) {
    this.process = process;
    this.#api = new HubApi(process);
  }

  static async start(options: SideOptions): Promise<HubSide> {
    const { folder, program } = options;
    await mkdir(folder, { recursive: true });
    const settings = {
      ...environmentOf(options),
      GRANGER_CLAUDE: program,
      GRANGER_AGENTS_MAX: '24',
      ...options.settings,
    };
    const side = new HubSide(await startHubProcess(folder, settings));
    await side.#api.register('Producer');
    await side.#api.call('PUT', '/v1/modules/Processor', descriptor);
    return side;
  }

  /** One message and its answer. @returns how long that took, in milliseconds */
  async turn(conversationId?: string): Promise<number> {
    return (await this.answer(conversationId)).tookMs;
  }

  /** The same, with what the agent said. */
  async answer(conversationId?: string): Promise<{ readonly tookMs: number; readonly response: string }> {
    const start = performance.now();
    const answered = await this.#api.call<Answered>('POST', '/v1/messages?wait=30', {
      ...message,
      ...(conversationId === undefined ? {} : { conversationId }),
    });
    const tookMs = performance.now() - start;
    const payload = answered.reply?.payload;
    if (payload?.status !== 'SUCCESS') throw new Error('A turn through the hub had no good answer.');
    return { tookMs, response: payload.response };
  }

  /** Processes that the next new conversations take. */
  async startSpares(count: number): Promise<void> {
    const starts = Array.from({ length: count }, () =>
      this.#api.call('POST', '/v1/instances', { module: 'Processor' }),
    );
    const ids = ((await Promise.all(starts)) as { id: string }[]).map(({ id }) => id);
    const isIdle = async (id: string) =>
      (await this.#api.call<{ state: string }>('GET', `/v1/instances/${id}`)).state === 'idle';
    while (!(await Promise.all(ids.map(isIdle))).every(Boolean)) await pause(50);
  }

  /** As far as they belong to these conversations. */
  async endInstancesOf(conversations: readonly string[]): Promise<void> {
    const { items } = await this.#api.call<{ items: { id: string; conversationId?: string }[] }>(
      'GET',
      '/v1/instances',
    );
    const ours = items.filter(({ conversationId }) => conversations.includes(conversationId ?? ''));
    await Promise.all(ours.map(({ id }) => this.#api.call('DELETE', `/v1/instances/${id}`, {})));
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#api.close().then(() => this.process.stop());
    await this.#stopping;
  }
}
