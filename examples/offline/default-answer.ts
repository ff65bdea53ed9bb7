const QUOTED_LENGTH = 120;

/** The same answer for the same prompt, always: facts about its batch of numbers, or a polite echo. */
export function defaultAnswer(prompt: string): string {
  const batch = findBatch(prompt);
  return batch ? describeBatch(batch) : describeRequest(prompt);
}

/** The last `"batch": [...]` of the text, however deep in its JSON. */
export function findBatch(text: string): number[] | undefined {
  const last = [...text.matchAll(/\\?"batch\\?"\s*:\s*(\[[-+\d.eE,\s]*\])/g)].at(-1)?.[1];
  if (last === undefined) return undefined;
  try {
    return JSON.parse(last) as number[];
  } catch {
    return undefined;
  }
}

function describeBatch(batch: readonly number[]): string {
  if (batch.length === 0) return 'The batch is empty: there is nothing to count.';
  const sum = batch.reduce((total, value) => total + value, 0);
  const min = batch.reduce((a, b) => Math.min(a, b));
  const max = batch.reduce((a, b) => Math.max(a, b));
  return `I processed the batch: count ${batch.length}, sum ${sum}, min ${min}, max ${max}.`;
}

function describeRequest(prompt: string): string {
  const line = prompt.replace(/\s+/g, ' ').trim();
  const quoted = line.length > QUOTED_LENGTH ? `${line.slice(0, QUOTED_LENGTH)}...` : line;
  return `Thank you for your request: "${quoted}". I have read it and have nothing to add.`;
}
