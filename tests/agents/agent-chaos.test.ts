import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { useOfflineClaude } from '../support/claude-cli.js';
import { type RunningHub, startHubProcess } from '../support/hub-process.js';
import { makeFolder } from '../support/test-hub.js';
import { type AnyBody, agentSettings, pidsOf } from './agent-hub.js';

/** `npm run chaos:agents` for the whole of it. */
const TURNS = Number(process.env.GRANGER_CHAOS_TURNS ?? 24);
const CONVERSATIONS = 6;
/** Kills go with what gets done: who is killed at every start gets nothing done. */
const TURNS_A_KILL = 3;
const LONGEST_PAUSE_MS = 700;

const settled = new Set(['done', 'dead']);

interface Scene {
  readonly start: () => Promise<RunningHub>;
  readonly epoch: string;
  hub: RunningHub;
}

async function startScene(t: TestContext): Promise<Scene> {
  const claude = await useOfflineClaude(t);
  const folder = await makeFolder(t);
  const settings = { ...agentSettings(claude), GRANGER_LOG_LEVEL: 'silent', GRANGER_AGENTS_MAX: '3' };
  const start = () => startHubProcess(t, { folder, settings });
  const hub = await start();
  await hub.call('PUT', '/v1/modules/Producer', {});
  await hub.call('PUT', '/v1/modules/Processor', { runtime: { type: 'claude', allowedTools: ['Bash'], prewarm: 1 } });
  return { start, hub, epoch: (await hub.call('GET', '/v1/stats')).body.epoch };
}

/** Quick ones, slow ones, and some that are at a tool when they are killed. */
const requestOf = (n: number): string =>
  [`[[say ${n}]]`, `[[slow 40ms x 8]]`, `[[tool Bash {"command":"sleep 0.3"}]]`][n % 3]!;

async function sendAll({ hub }: Scene): Promise<string[]> {
  const messages = Array.from({ length: TURNS }, (_, n) => ({
    from: 'Producer',
    to: 'Processor',
    conversationId: `conversation-${n % CONVERSATIONS}`,
    maxAttempts: 4,
    payload: { message: requestOf(n) },
  }));
  const { body } = await hub.call('POST', '/v1/messages', messages);
  return body.items.map(({ id }: AnyBody) => id);
}

const countSettled = async ({ hub }: Scene): Promise<number> => {
  const { items } = (await hub.call('GET', '/v1/messages?limit=1000&to=Processor&state=done')).body;
  return items.length + (await hub.call('GET', '/v1/stats')).body.messages.dead;
};

/** Any of the processes of agents, also a tool of one. */
async function killOneAgent({ epoch }: Scene): Promise<boolean> {
  const pids = await pidsOf(epoch);
  const pid = pids[Math.floor(Math.random() * pids.length)];
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

async function restartHub(scene: Scene): Promise<void> {
  scene.hub.child.kill('SIGKILL');
  await scene.hub.ended;
  scene.hub = await scene.start();
}

test('whoever is killed, every message is done or dead with its reason and one reply, and no process is left', async (t) => {
  const scene = await startScene(t);
  const ids = await sendAll(scene);
  const restartsAt = [Math.floor(TURNS / 3), Math.floor((2 * TURNS) / 3)];
  let kills = 0;
  for (let done = 0; done < TURNS; done = await countSettled(scene)) {
    await pause(Math.random() * LONGEST_PAUSE_MS);
    if (kills * TURNS_A_KILL <= done && (await killOneAgent(scene))) kills++;
    if (restartsAt.length > 0 && done >= restartsAt[0]!) {
      restartsAt.shift();
      await restartHub(scene);
    }
  }
  const { hub, epoch } = scene;
  assert.deepEqual([restartsAt, kills > 0], [[], true]);
  let dead = 0;
  for (const id of ids) {
    const { deliveries, reply } = (await hub.call('GET', `/v1/messages/${id}`)).body;
    const [{ state, error }] = deliveries;
    assert.ok(settled.has(state), `${id} is ${state}`);
    assert.equal(reply.payload.status, state === 'done' ? 'SUCCESS' : 'ERROR', id);
    if (state === 'dead') assert.deepEqual([++dead, typeof error.code], [dead, 'string']);
  }
  const replies: AnyBody[] = (await hub.call('GET', '/v1/messages?limit=1000&from=Processor')).body.items;
  assert.deepEqual(replies.map(({ replyTo }) => replyTo).sort(), [...ids].sort());
  const running = (await hub.call('GET', '/v1/turns?limit=1000&state=running')).body.items;
  assert.deepEqual(running, []);
  hub.child.kill('SIGTERM');
  assert.equal((await hub.ended).code, 0);
  assert.deepEqual(await pidsOf(epoch), []);
  t.diagnostic(`${TURNS} turns, ${kills} agent processes killed, 2 hubs killed, ${dead} dead`);
});
