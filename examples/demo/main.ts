import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claudeAccess } from './claude-access.js';
import { HubClient } from './hub-client.js';
import { startHubProcess } from './hub-process.js';

/*
 * A producer that any program could be, and an agent that the hub runs: the producer sends a batch, the agent's words are shown as they
 * come, and its reply comes back over the same queue.
 */
interface Event {
  readonly type: string;
  readonly data: { readonly kind?: string; readonly text?: string };
}

interface Answered {
  readonly id: string;
  readonly deliveries: readonly { readonly state: string; readonly error?: { readonly message: string } }[];
  readonly reply?: { readonly payload: Record<string, unknown> };
}

interface Turn {
  readonly firstTokenMs: number;
  readonly totalMs: number;
  readonly costUsd: number;
}

const say = (line: string): void => console.error(line);

const registerModules = async (hub: HubClient): Promise<void> => {
  await hub.call('PUT', '/v1/modules/Producer', { description: 'Produces batches of numbers', runtime: 'pull' });
  await hub.call('PUT', '/v1/modules/Processor', {
    description: 'Processes batches of numbers',
    capabilities: ['data_processing'],
    dataTypes: { consumes: ['batch'], produces: ['summary'] },
    systemPrompt: 'Describe each batch of numbers in one or two sentences.',
    runtime: 'claude',
  });
};

/** Shows what agents say, while they say it. */
const showWords = async (hub: HubClient, signal: AbortSignal): Promise<void> => {
  try {
    for await (const { data } of hub.events<Event>('/v1/events?types=turn.output', signal)) {
      if (data.kind === 'text') process.stderr.write(data.text ?? '');
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

const runDemo = async (hub: HubClient): Promise<object> => {
  await registerModules(hub);
  say('Producer and Processor are registered.');
  const produced = [...Array(10).keys()];
  const watch = new AbortController();
  const words = showWords(hub, watch.signal);
  const message = {
    from: 'Producer',
    to: 'Processor',
    type: 'task.process',
    payload: { message: 'Please process this data batch', batch: produced },
  };
  say('Producer sends a batch. Processor says:\n');
  const { id, deliveries, reply } = await hub.call<Answered>('POST', '/v1/messages?wait=60', message);
  const { turn } = await hub.call<{ turn?: Turn }>('GET', `/v1/messages/${id}`);
  watch.abort();
  await words;
  say('\n');
  if (reply === undefined) throw new Error(`Processor did not answer: its delivery is ${deliveries[0]?.state}.`);
  const { source, target, timestamp, message: asked, response, status } = reply.payload;
  const { firstTokenMs, totalMs, costUsd } = turn!;
  const answer = {
    source,
    target,
    timestamp,
    message: asked,
    response,
    status,
    messageId: id,
    turn: { firstTokenMs, totalMs, costUsd },
  };
  return { produced, processorResponse: answer };
};

const main = async (): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'granger-demo-'));
  const claude = await claudeAccess(folder);
  if (claude.isOffline)
    say(
      'There is no ANTHROPIC_API_KEY and no login: a stand-in on this machine plays the model, and its answers are canned.',
    );
  const hub = await startHubProcess(folder, claude.environment);
  say(`The hub listens on ${hub.url}.`);
  try {
    console.log(JSON.stringify(await runDemo(new HubClient(hub.url, hub.key))));
  } finally {
    await hub.stop();
    await claude.close();
    await rm(folder, { recursive: true, force: true });
  }
};

await main();
