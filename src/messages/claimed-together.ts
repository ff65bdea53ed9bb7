import type { HolderVerb } from './delivery-service.js';
import type { CompleteRequest } from './message-schema.js';

export type PlainCompletion = { readonly id: number; readonly verb: 'complete' } & CompleteRequest;

/** From `start` on, the completions without a reply that have one lease, each delivery once: what one claim brought. */
export const claimedTogether = (
  verbs: readonly (HolderVerb & { readonly id: number })[],
  start: number,
): readonly PlainCompletion[] => {
  const ids = new Set<number>();
  const together: PlainCompletion[] = [];
  for (let index = start; index < verbs.length; index++) {
    const verb = verbs[index]!;
    if (verb.verb !== 'complete' || verb.reply !== undefined || verb.lease !== (together[0] ?? verb).lease) break;
    if (ids.has(verb.id)) break;
    ids.add(verb.id);
    together.push(verb);
  }
  return together;
};
