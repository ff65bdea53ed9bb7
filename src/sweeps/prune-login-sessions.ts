import type { LoginSessionService } from '../keys/login-session-service.js';
import type { Sweep } from './sweep.js';

/** Logins of browsers whose time is over. */
export const pruneLoginSessions = (sessions: LoginSessionService): Sweep => ({
  name: 'prune-login-sessions',
  everyMs: 60_000,
  runOnce: (now) => sessions.prune(now),
});
