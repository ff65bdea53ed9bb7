import { randomUUID } from 'node:crypto';
import type { Handle } from '../db/statement.js';
import type { AgentSession } from './drivers/agent-driver.js';
import { sessionStore } from './session-store.js';

/**
 * The session that a process of an agent in a conversation starts with: its own, or in a fork a copy of the one of before, as long as
 * that has not gone on; else a new one.
 */
export const sessionFor = async (handle: Handle, conversationId: string, module: string): Promise<AgentSession> => {
  const known = await sessionStore.find(handle, conversationId, module);
  if (known?.is_started === 1) return { kind: 'resume', id: known.session_id };
  const id = randomUUID();
  const isCopied =
    known !== undefined && !(await sessionStore.hasGoneOn(handle, known.session_id, module, known.updated_at));
  return isCopied ? { kind: 'fork', id, from: known.session_id } : { kind: 'new', id };
};
