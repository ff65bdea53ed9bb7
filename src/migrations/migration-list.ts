import type { Migration } from 'kysely';
import { firstSchema } from './0001-first-schema.js';
import { nodes } from './0002-nodes.js';
import { instancesInFull } from './0003-instances.js';
import { approvals } from './0004-approvals.js';
import { costs } from './0004-costs.js';
import { conversations } from './0005-conversations.js';
import { liveEvents } from './0006-live-events.js';
import { tasks } from './0007-tasks.js';
import { loginSessions } from './0008-login-sessions.js';
import { templates } from './0009-templates.js';
import { webhooks } from './0010-webhooks.js';

/** In order of their names. A migration that was released never changes; a new one is added below it. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-schema': firstSchema,
  '0002-nodes': nodes,
  '0003-instances': instancesInFull,
  '0004-approvals': approvals,
  '0004-costs': costs,
  '0005-conversations': conversations,
  '0006-live-events': liveEvents,
  '0007-tasks': tasks,
  '0008-login-sessions': loginSessions,
  '0009-templates': templates,
  '0010-webhooks': webhooks,
};
