import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { AgentInstance } from './agent-instance.js';
import type { ToldTurn } from './context/context-service.js';
import { sessionStore } from './session-store.js';
import { subjectOf, type TurnContext } from './turn-context.js';
import { turnStore } from './turn-store.js';

export interface KeptSessionParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface NewSession {
  readonly instance: AgentInstance;
  /** What it was told of before. */
  readonly retold: ToldTurn['retold'];
}

/** A session that the CLI has named in a turn. */
export interface NamedSession extends NewSession {
  /** When it is on record, or could not be put there yet. Never rejects. */
  readonly early: Promise<void>;
}

/** Puts the session of a conversation on record, so that whoever takes it up goes on with it. */
export class KeptSessions {
  readonly #parts: KeptSessionParts;

  constructor(parts: KeptSessionParts) {
    this.#parts = parts;
  }

  /** On record as soon as it has a name: should the hub be killed in this turn, the next one resumes what was done in it. */
  named(turnId: Promise<number>, context: TurnContext, session: NewSession): NamedSession {
    return { ...session, early: this.#keepEarly(turnId, context, session) };
  }

  async #keepEarly(turnId: Promise<number>, context: TurnContext, session: NewSession): Promise<void> {
    const { database, logger } = this.#parts;
    try {
      const id = await turnId;
      await database.write(async (tx) => {
        if (await turnStore.isOpen(tx, id)) await this.keep(tx, id, context, session);
      });
    } catch (error) {
      logger.warn({ err: error }, 'a session goes on record with the end of its first turn only');
    }
  }

  /** In the transaction of the caller, unless it is on record. */
  async keep(tx: Transaction, turnId: number, context: TurnContext, session: NewSession): Promise<void> {
    const { events, clock } = this.#parts;
    const { run } = session.instance;
    if (run.isSessionKept) return;
    const now = clock.now();
    if (session.retold !== undefined) {
      const subject = subjectOf(context, turnId);
      await events.append(tx, { type: 'conversation.retold', at: now, ...subject, data: session.retold });
    }
    await sessionStore.put(tx, {
      conversation_id: context.conversationId,
      module: context.module.name,
      session_id: run.sessionId,
      is_started: 1,
      updated_at: now,
      lane: run.lane,
    });
    tx.afterCommit(() => {
      run.isSessionKept = true;
    });
  }
}
