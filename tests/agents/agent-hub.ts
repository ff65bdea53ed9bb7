import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findTagged } from '../../src/agents/leftovers.js';
import type { Clock } from '../../src/lib/clock.js';
import { CLAUDE_PROGRAM, type OfflineClaude, useOfflineClaude } from '../support/claude-cli.js';
import { eventually } from '../support/eventually.js';
import { type Answer, makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type AnyBody = any;

export interface AgentHub extends TestHub {
  readonly claude: OfflineClaude;
  /** What the next hub on the same folder must be given. */
  readonly settings: Readonly<Record<string, string>>;
  register(name: string, descriptor?: object): Promise<Answer>;
  /** Registers an agent; the runtime may have settings. */
  registerAgent(name: string, runtime?: object, descriptor?: object): Promise<Answer>;
  /** A message from Producer to Processor unless it says otherwise. A text is the request. */
  send(payload: unknown, message?: object): Promise<AnyBody>;
  /** The same, waiting for the reply. */
  ask(payload: unknown, message?: object): Promise<AnyBody>;
  /** The first event that fits, from the beginning on. */
  when(query: Readonly<Record<string, string>>): Promise<AnyBody>;
  events(query: Readonly<Record<string, string>>): Promise<AnyBody[]>;
  get(path: string): Promise<AnyBody>;
}

export interface AgentHubOptions {
  readonly program?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** A small program instead of the CLI, for what the CLI does not do on demand. */
export const fixtureAgent = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/agents/${name}.mjs`, import.meta.url));

/** A real hub whose agents are the real CLI against the stand-in, with a Producer and an agent named Processor. */
export async function startAgentHub(t: TestContext, options: AgentHubOptions = {}): Promise<AgentHub> {
  let hub: AgentHub | undefined;
  t.after(() => hub?.stop());
  const claude = await useOfflineClaude(t);
  hub = await startHubFor(t, claude, { folder: await makeFolder(t), ...options });
  await hub.register('Producer', { description: 'Produces batches of numbers' });
  await hub.registerAgent('Processor');
  return hub;
}

/** Another hub on the folder of one that was stopped. */
export const restartHub = (t: TestContext, { claude, folder, settings }: AgentHub): Promise<AgentHub> =>
  startHubFor(t, claude, { folder, settings });

async function startHubFor(
  t: TestContext,
  claude: OfflineClaude,
  { folder, program, settings, clock }: AgentHubOptions & { readonly folder: string },
): Promise<AgentHub> {
  const all = { ...agentSettings(claude, program), ...settings };
  const hub = await startTestHub(t, { folder, settings: all, ...(clock === undefined ? {} : { clock }) });
  const register: AgentHub['register'] = (name, descriptor = {}) => hub.call('PUT', `/v1/modules/${name}`, descriptor);
  const get = async (path: string): Promise<AnyBody> => (await hub.call('GET', path)).body;
  const send = async (path: string, payload: unknown, message = {}): Promise<AnyBody> => {
    const body = { from: 'Producer', to: 'Processor', type: 'task', payload: asRequest(payload), ...message };
    return (await hub.call('POST', path, body)).body;
  };
  return {
    ...hub,
    claude,
    settings: all,
    register,
    registerAgent: (name, runtime = {}, descriptor = {}) =>
      register(name, { ...descriptor, runtime: { type: 'claude', ...runtime } }),
    send: (payload, message) => send('/v1/messages', payload, message),
    ask: (payload, message) => send('/v1/messages?wait=30', payload, message),
    when: (query) => whenEvent(hub, query),
    events: async (query) => (await get(`/v1/events?${new URLSearchParams({ limit: '1000', ...query })}`)).items,
    get,
  };
}

/** The settings of a hub whose agents inherit nothing but the way to the stand-in. */
export const agentSettings = (claude: OfflineClaude, program = CLAUDE_PROGRAM): Record<string, string> => ({
  ...claude.environment,
  GRANGER_CLAUDE: program,
  GRANGER_DRAIN_SECONDS: '0',
});

const asRequest = (payload: unknown): unknown => (typeof payload === 'string' ? { message: payload } : payload);

/** Pids of the agent processes that a hub on this database has started, and of all below them. */
export async function agentPids(hub: Pick<AgentHub, 'get'>): Promise<number[]> {
  return await pidsOf((await hub.get('/v1/stats')).epoch);
}

export async function pidsOf(epoch: string): Promise<number[]> {
  const { processes } = await findTagged((tag) => tag.startsWith(`${epoch}.`));
  return processes.map(({ pid }) => pid);
}

/** Waits until a tool of an agent runs. */
export async function whenRunning(epoch: string, command: string): Promise<void> {
  await eventually(async () => {
    const pids = await pidsOf(epoch);
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    return lines.some((line) => line.startsWith(command));
  });
}
