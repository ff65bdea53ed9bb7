import type { AgentProcess, TurnResult } from './drivers/agent-driver.js';
import { settlesWithin } from './drivers/settles-within.js';

/** An agent that says nothing of its context for so long is taken at its word: it goes on. */
const ANSWER_MS = 5000;

/** How much of its context a session fills, in percent, at most: what several calls of one turn have used is added up. */
export const mostFilled = (result: TurnResult): number => {
  const windows = Object.values(result.modelUsage).flatMap((usage) => {
    const { contextWindow } = usage as { readonly contextWindow?: unknown };
    return typeof contextWindow === 'number' && contextWindow > 0 ? [contextWindow] : [];
  });
  if (windows.length === 0) return 0;
  const { inputTokens, cacheReadTokens, cacheCreationTokens, outputTokens } = result;
  return ((inputTokens + cacheReadTokens + cacheCreationTokens + outputTokens) / Math.min(...windows)) * 100;
};

/** Whether the session is to be left. The agent is asked, which costs it 60 ms, only where the turn says that it may be so. */
export const isContextFull = async (
  process: Pick<AgentProcess, 'contextPercent'>,
  result: TurnResult,
  fullPercent: number,
): Promise<boolean> => {
  if (mostFilled(result) < fullPercent) return false;
  let percent: number | undefined;
  await settlesWithin(
    process.contextPercent().then((filled) => {
      percent = filled;
    }),
    ANSWER_MS,
  );
  return percent !== undefined && percent >= fullPercent;
};
