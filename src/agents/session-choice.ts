import { randomUUID } from 'node:crypto';
import type { Handle } from '../db/statement.js';
import type { AgentSession } from './drivers/agent-driver.js';
import { sessionStore } from './session-store.js';

/**
 * The session that an agent goes on with in a conversation: its own, or in a fork a copy of the one of before, as long as that has not
 * gone on; undefined where it begins a new one.
 */
export const sessionFor = async (
  handle: Handle,
  conversationId: string,
  module: string,
): Promise<AgentSession | undefined> => {
  const known = await sessionStore.find(handle, conversationId, module);
  if (known === undefined) return undefined;
  if (known.is_started === 1) return { kind: 'resume', id: known.session_id };
  const isLeft = await sessionStore.hasGoneOn(handle, known.session_id, module, known.updated_at);
  return isLeft ? undefined : { kind: 'fork', id: randomUUID(), from: known.session_id };
};
