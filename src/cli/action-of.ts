import { CliFailure, exitCodes } from './cli-failure.js';

/** What the first word of a command such as `granger keys revoke` names. @throws CliFailure, with the hint, where it names nothing */
export const actionOf = <Action>(
  actions: Readonly<Record<string, Action>>,
  word: string,
  { of, hint }: { readonly of: string; readonly hint: string },
): Action => {
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined) throw new CliFailure(exitCodes.usage, `There is no ${word} of ${of}.`, hint);
  return action;
};
