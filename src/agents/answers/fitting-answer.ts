import type { UserSchema } from '../../modules/user-schema.js';
import type { Prompt, TurnResult } from '../drivers/agent-driver.js';
import { outcomeOfMisfit, type TurnOutcome } from '../turn-outcome.js';
import { correctionOf, structuredAnswer } from './structured-answer.js';

/** Asks for an answer that fits the schema, where there is one: what does not fit is said once, and a second misfit is a failure. */
export const fittingAnswer = async (
  schema: UserSchema | undefined,
  prompt: Prompt,
  say: (prompt: Prompt) => Promise<TurnOutcome>,
): Promise<TurnOutcome> => {
  const first = await say(prompt);
  if (schema === undefined || first.kind !== 'succeeded') return first;
  const answer = structuredAnswer(schema, first.result);
  if (answer.kind === 'fits') return { ...first, data: answer.data };
  const second = await say(correctionOf(answer.problems));
  const result = second.result === undefined ? first.result : spentTogether(first.result, second.result);
  if (second.kind !== 'succeeded') return { ...second, result };
  const corrected = structuredAnswer(schema, result);
  return corrected.kind === 'fits'
    ? { kind: 'succeeded', result, data: corrected.data }
    : outcomeOfMisfit(corrected.problems, result);
};

/** Tokens are those of a result; its cost is that of the process and so of both. */
const spentTogether = (first: TurnResult, second: TurnResult): TurnResult => ({
  ...second,
  inputTokens: first.inputTokens + second.inputTokens,
  outputTokens: first.outputTokens + second.outputTokens,
  cacheReadTokens: first.cacheReadTokens + second.cacheReadTokens,
  cacheCreationTokens: first.cacheCreationTokens + second.cacheCreationTokens,
});
