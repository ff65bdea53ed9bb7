export type ModuleStatus = 'active' | 'stale' | 'offline';

/*
 *   active --no sign for staleAfterMs--> stale --no sign for offlineAfterMs--> offline       any --heartbeat, claim--> active
 *
 * Modules that the hub itself runs need no heartbeat: they are active while it is.
 */
export interface StatusLimits {
  readonly staleAfterMs: number;
  readonly offlineAfterMs: number;
}

export const moduleStatus = (
  lastSignAt: number,
  isRunByHub: boolean,
  now: number,
  limits: StatusLimits,
): ModuleStatus => {
  if (isRunByHub) return 'active';
  const silentMs = now - lastSignAt;
  if (silentMs >= limits.offlineAfterMs) return 'offline';
  return silentMs >= limits.staleAfterMs ? 'stale' : 'active';
};
