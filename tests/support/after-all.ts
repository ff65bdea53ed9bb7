import { AsyncResource } from 'node:async_hooks';
import { after } from 'node:test';

const teardowns: (() => unknown)[] = [];
/** Asked for within a test, `after` would be done after that test. */
const afterProcess = AsyncResource.bind((hook: () => Promise<void>) => after(hook));

/**
 * Done after the last test of the process, in the order in which it was asked for. Node's runner leaves out all `after` hooks that come
 * after one that fails, and what they were to stop would hold up the process: here the others are done all the same.
 */
export const afterAll = (teardown: () => unknown): void => {
  teardowns.push(teardown);
  afterProcess(tearDown);
};

const tearDown = async (): Promise<void> => {
  const errors: unknown[] = [];
  for (const teardown of teardowns.splice(0)) {
    try {
      await teardown();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
};
