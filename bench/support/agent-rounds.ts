import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentProcess } from '../../src/agents/drivers/agent-driver.js';
import type { DirectSide, HubSide } from './agent-sides.js';

/** Milliseconds of each turn, without the hub and with it. */
export interface BothSides {
  readonly direct: number[];
  readonly hub: number[];
}

/** A process that has had no message says nothing, so nothing tells when it has settled. */
const SETTLE_MS = 2500;
const UNMEASURED_TURNS = 5;

const newConversations = (count: number): string[] => Array.from({ length: count }, () => `bench-${randomUUID()}`);

const atOnce = async <T>(items: readonly T[], work: (item: T) => Promise<number>): Promise<number[]> =>
  await Promise.all(items.map(work));

/** A process a message: each turn starts one, and pays for that. */
export const coldRounds = async (direct: DirectSide, hub: HubSide, size: RoundSize): Promise<BothSides> => {
  const times: BothSides = { direct: [], hub: [] };
  for (let round = 0; round < size.rounds; round++) {
    const agents: AgentProcess[] = [];
    const cold = async (): Promise<number> => {
      const start = performance.now();
      const agent = await direct.start();
      agents.push(agent);
      await direct.turn(agent);
      return performance.now() - start;
    };
    times.direct.push(...(await atOnce(newConversations(size.conversations), cold)));
    await Promise.all(agents.map((agent) => agent.stop()));
    const conversations = newConversations(size.conversations);
    times.hub.push(...(await atOnce(conversations, (id) => hub.turn(id))));
    await hub.endInstancesOf(conversations);
  }
  return times;
};

/** A process that waits for its first turn. */
export const prewarmedRounds = async (direct: DirectSide, hub: HubSide, size: RoundSize): Promise<BothSides> => {
  const times: BothSides = { direct: [], hub: [] };
  for (let round = 0; round < size.rounds; round++) {
    const agents = await Promise.all(newConversations(size.conversations).map(() => direct.start()));
    await pause(SETTLE_MS);
    times.direct.push(...(await atOnce(agents, (agent) => direct.turn(agent))));
    await Promise.all(agents.map((agent) => agent.stop()));
    const conversations = newConversations(size.conversations);
    await hub.startSpares(size.conversations);
    await pause(SETTLE_MS);
    times.hub.push(...(await atOnce(conversations, (id) => hub.turn(id))));
    await hub.endInstancesOf(conversations);
  }
  return times;
};

/** Turn about, so that what else goes on in the machine hits both. */
export const warmRounds = async (direct: DirectSide, hub: HubSide, size: RoundSize): Promise<BothSides> => {
  const agents = await Promise.all(newConversations(size.conversations).map(() => direct.start()));
  const conversations = newConversations(size.conversations);
  const times: BothSides = { direct: [], hub: [] };
  for (let round = -UNMEASURED_TURNS; round < size.rounds; round++) {
    const askDirect = async () => ({ direct: await atOnce(agents, (agent) => direct.turn(agent)) });
    const askHub = async () => ({ hub: await atOnce(conversations, (id) => hub.turn(id)) });
    const took =
      round % 2 === 0
        ? { ...(await askDirect()), ...(await askHub()) }
        : { ...(await askHub()), ...(await askDirect()) };
    if (round < 0) continue;
    times.direct.push(...took.direct);
    times.hub.push(...took.hub);
  }
  await Promise.all(agents.map((agent) => agent.stop()));
  await hub.endInstancesOf(conversations);
  return times;
};

export interface RoundSize {
  readonly rounds: number;
  /** At once. */
  readonly conversations: number;
}
