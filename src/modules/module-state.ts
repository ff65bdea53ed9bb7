export type ModuleStatus = 'active' | 'stale' | 'offline';

/*
 *   active --no sign for staleAfterMs--> stale --no sign for offlineAfterMs--> offline       any --heartbeat, claim--> active
 *
 * Modules that the hub itself runs need no heartbeat: they are active while it is, and stale while what stands behind them does not
 * answer (the endpoint of a webhook, the program of a command).
 */
export interface StatusLimits {
  readonly staleAfterMs: number;
  readonly offlineAfterMs: number;
  /** Of a module that the hub itself runs, by its name: it cannot be served now. */
  readonly isFailing?: (module: string) => boolean;
}

export const moduleStatus = (
  lastSignAt: number,
  isRunByHub: boolean,
  now: number,
  limits: StatusLimits,
  isFailing = false,
): ModuleStatus => {
  if (isRunByHub) return isFailing ? 'stale' : 'active';
  const silentMs = now - lastSignAt;
  if (silentMs >= limits.offlineAfterMs) return 'offline';
  return silentMs >= limits.staleAfterMs ? 'stale' : 'active';
};
