export interface Periodic {
  /** Ends the rounds; resolves when the one under way is over. Idempotent. */
  stop(): Promise<void>;
}

/** Runs `round` again and again with `everyMs` between the end of one and the start of the next. A round that throws is reported. */
export const startPeriodic = (
  everyMs: number,
  round: () => Promise<void>,
  onError: (error: unknown) => void,
): Periodic => {
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    if (!isStopped) timer = setTimeout(run, everyMs);
  };
  const run = (): void => {
    running = round().catch(onError).then(schedule);
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
