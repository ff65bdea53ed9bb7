import { costStore } from '../../src/agents/costs/cost-store.js';
import { instanceStore } from '../../src/agents/instance-store.js';
import { sessionStore } from '../../src/agents/session-store.js';
import { type EndedTurn, turnStore } from '../../src/agents/turn-store.js';
import type { Transaction } from '../../src/db/statement.js';
import type { BrokerBench } from '../support/broker-bench.js';

interface Ran {
  readonly conversation?: string;
  /** Its own key and that of its message, where it is one that is there. */
  readonly delivery?: number;
  /** So many pieces of output. */
  readonly pieces?: number;
  readonly isRunning?: boolean;
  /** How it ended, where it did otherwise than well. */
  readonly ended?: Partial<EndedTurn>;
}

/** A turn of Processor as it is on record now; without a delivery it is that of a message that was deleted. @returns its key */
export const putTurn = (bench: BrokerBench, ran: Ran = {}): Promise<number> => {
  const { conversation = 'conv_1', delivery = 1_000_000, pieces = 1, isRunning = false, ended } = ran;
  const now = bench.clock.now();
  return bench.parts.database.write(async (tx) => {
    const id = await turnStore.start(tx, {
      module: 'Processor',
      message_id: delivery,
      delivery_id: delivery,
      attempt: 1,
      conversation_id: conversation,
      queued_at: now,
      started_at: now,
    });
    for (let offset = 0; offset < pieces; offset++)
      await turnStore.insertOutput(tx, { turn_id: id, kind: 'text', offset, text: 'x', at: now });
    if (!isRunning) await endTurn(tx, bench, { id, ...ended });
    return id;
  });
};

export const endTurn = async (
  tx: Transaction,
  { clock }: BrokerBench,
  ended: Partial<EndedTurn> & { readonly id: number },
): Promise<void> => {
  const now = clock.now();
  await turnStore.end(tx, {
    state: 'succeeded',
    instance_id: null,
    first_token_at: now,
    ended_at: now,
    input_tokens: 1,
    output_tokens: 1,
    cost_usd: 1,
    stop_reason: null,
    error: null,
    ...ended,
  });
};

/** An instance of Processor; it lives unless it is to end at once. @returns its key */
export const putInstance = (bench: BrokerBench, conversation: string, state?: 'stopped' | 'crashed'): Promise<number> =>
  bench.parts.database.write(async (tx) => {
    const now = bench.clock.now();
    const id = await instanceStore.insert(tx, {
      module: 'Processor',
      name: null,
      lane: 'default',
      conversation_id: conversation,
      session_id: 'session',
      tag: 'tag',
      state: 'idle',
      started_at: now,
    });
    if (state !== undefined) await instanceStore.end(tx, { id, state, now, reason: 'No reason.' });
    return id;
  });

/** Of Processor. */
export const putSession = ({ parts, clock }: BrokerBench, conversation: string, session: string, isStarted = 1) =>
  parts.database.write((tx) =>
    sessionStore.put(tx, {
      conversation_id: conversation,
      module: 'Processor',
      session_id: session,
      is_started: isStarted,
      updated_at: clock.now(),
      lane: 'default',
    }),
  );

/** Half a dollar, of Processor in conv_1. */
export const putCost = ({ parts, clock }: BrokerBench, session: string) =>
  parts.database.write((tx) =>
    costStore.insert(tx, {
      turn_id: 1,
      instance_id: 1,
      process: 'tag',
      session_id: session,
      module: 'Processor',
      conversation_id: 'conv_1',
      model: 'claude',
      input_tokens: 1,
      output_tokens: 1,
      cache_read_tokens: 0,
      cache_creation_tokens: 0,
      cost_usd: 0.5,
      reported: '{}',
      at: clock.now(),
    }),
  );
