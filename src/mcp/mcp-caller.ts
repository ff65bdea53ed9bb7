/** Who calls a tool: always a module, in whose name everything is done. */
export interface McpCaller {
  readonly module: string;
  readonly keyId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** What is begun within it was caused by the caller's key. */
  acting<T>(work: () => T): T;
}
