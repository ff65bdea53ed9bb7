/** What a process may be kept for; undefined has no limit. */
export interface KeepLimits {
  readonly idleSeconds?: number | undefined;
  readonly recycleAfterTurns?: number | undefined;
  readonly recycleAfterSeconds?: number | undefined;
  readonly memoryLimitMb?: number | undefined;
}

export interface KeptProcess {
  readonly turns: number;
  readonly startedAt: number;
  readonly lastUsedAt: number;
  /** Undefined where it was not measured. */
  readonly memoryBytes: number | undefined;
}

const IDLE_SECONDS = 900;
const BYTES_A_MB = 1024 * 1024;

/** Why a process that is idle is to be ended; undefined where it is kept. */
export const recycleReason = (process: KeptProcess, limits: KeepLimits, now: number): string | undefined => {
  const { idleSeconds = IDLE_SECONDS, recycleAfterTurns, recycleAfterSeconds, memoryLimitMb } = limits;
  const { turns, startedAt, lastUsedAt, memoryBytes } = process;
  if (recycleAfterTurns !== undefined && turns >= recycleAfterTurns) return `it has done ${turns} turns`;
  if (recycleAfterSeconds !== undefined && now - startedAt >= recycleAfterSeconds * 1000)
    return 'it has lived its time';
  if (memoryLimitMb !== undefined && memoryBytes !== undefined && memoryBytes > memoryLimitMb * BYTES_A_MB)
    return `it holds ${Math.round(memoryBytes / BYTES_A_MB)} MB`;
  if (now - lastUsedAt >= idleSeconds * 1000) return 'nobody used it';
  return undefined;
};
