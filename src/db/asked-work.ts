import type { Awaitable } from '../lib/awaitable.js';
import { type HubError, isHubError } from '../lib/errors.js';
import { type Aftermath, newAftermath } from './group-transaction.js';
import type { Transaction } from './statement.js';

export type Work<T> = (tx: Transaction) => Awaitable<T>;

/** Does for many items at once what it would do for each: an outcome for each, in their order, where a HubError refuses that one alone. */
export type BulkWork<I, O> = (tx: Transaction, items: readonly I[]) => Awaitable<readonly (O | HubError)[]>;

/** Who waits for an answer. */
export interface Asker {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** An item of a bulk work that somebody has asked for. */
export interface AskedWork extends Asker {
  readonly bulk: BulkWork<never, unknown>;
  readonly item: unknown;
  readonly keyId: string | null;
  /** Who asked is told when it is committed. */
  readonly isEarly: boolean;
}

/** A work that is committed or refused, and what its asker is to be told. */
export interface FinishedWork {
  readonly work: AskedWork;
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
  readonly aftermath: Aftermath;
}

export const noAftermath = newAftermath();

export const finishedWork = (work: AskedWork, outcome: unknown, aftermath: Aftermath): FinishedWork =>
  isHubError(outcome) ? { ...failedWork(work, outcome), aftermath } : { work, outcome: { value: outcome }, aftermath };

export const failedWork = (work: AskedWork, error: unknown): FinishedWork => ({
  work,
  outcome: { error },
  aftermath: noAftermath,
});

export const answer = ({ work, outcome }: FinishedWork): void => {
  if ('error' in outcome) work.reject(outcome.error);
  else work.resolve(outcome.value);
};

/** Tells outside what is durable now. */
export const settle = (finished: readonly FinishedWork[]): void => {
  for (const { aftermath } of finished) for (const callback of aftermath.durable) callback();
  for (const each of finished) if (!each.work.isEarly) answer(each);
};
