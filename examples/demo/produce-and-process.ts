import type { HubClient } from './hub-client.js';

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
  readonly deliveries: readonly { readonly state: string }[];
  readonly reply?: { readonly payload: Record<string, unknown> };
}

interface Turn {
  readonly firstTokenMs?: number;
  readonly totalMs: number;
  readonly costUsd: number;
}

const PATIENCE_SECONDS = 60;

const turnEnds = ['turn.succeeded', 'turn.failed', 'turn.interrupted'];

/** @returns what was produced and what came of it. Throws when nothing came in time. */
export const produceAndProcess = async (hub: HubClient, say: (line: string) => void) => {
  await registerModules(hub);
  say('Producer and Processor are registered.');
  const produced = [...Array(10).keys()];
  say('Producer sends a batch. Processor says:\n');
  const [{ id, reply }] = await Promise.all([sendBatch(hub, produced), showWords(hub)]);
  say('\n');
  const { turn } = await hub.call<{ turn: Turn }>('GET', `/v1/messages/${id}`);
  return { produced, processorResponse: processorResponse(id, reply.payload, turn) };
};

const sendBatch = async (hub: HubClient, batch: readonly number[]) => {
  const { id, deliveries, reply } = await hub.call<Answered>('POST', `/v1/messages?wait=${PATIENCE_SECONDS}`, {
    from: 'Producer',
    to: 'Processor',
    type: 'task.process',
    payload: { message: 'Please process this data batch', batch },
  });
  if (reply === undefined) throw new Error(`Processor did not answer: its delivery is ${deliveries[0]?.state}.`);
  return { id, reply };
};

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

/** Shows what the agent says while it says it, until its turn is over. */
const showWords = async (hub: HubClient): Promise<void> => {
  for await (const { type, data } of hub.events<Event>('/v1/events?after=0&types=turn.*')) {
    if (type === 'turn.output' && data.kind === 'text') process.stderr.write(data.text ?? '');
    if (turnEnds.includes(type)) return;
  }
};

const processorResponse = (messageId: string, payload: Record<string, unknown>, turn: Turn) => {
  const { source, target, timestamp, message, response, status, error } = payload;
  const { firstTokenMs, totalMs, costUsd } = turn;
  const answer = { source, target, timestamp, message, response, status };
  return { ...answer, ...(error ? { error } : {}), messageId, turn: { firstTokenMs, totalMs, costUsd } };
};
