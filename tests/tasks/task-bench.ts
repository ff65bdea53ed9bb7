import type { TestContext } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import type { AnyJson } from '../support/broker-client.js';
import type { FakeClock } from '../support/test-hub.js';

/** A hub on which time stands still, and the tasks on it. */
export interface TaskBench {
  readonly bench: BrokerBench;
  readonly clock: FakeClock;
  create(task?: object): Promise<AnyJson>;
  get(id: string): Promise<AnyJson>;
  patch(id: string, patch: object): Promise<AnyJson>;
  claim(id: string, module?: string): Promise<AnyJson>;
  /** Types of the events of a task, oldest first. */
  events(id: string): Promise<string[]>;
  /** The code of the refusal. */
  refused(status: number, method: string, path: string, body?: object): Promise<string>;
}

export const openTasks = async (t: TestContext): Promise<TaskBench> => {
  const bench = await openBench(t);
  return {
    bench,
    clock: bench.clock,
    create: (task = {}) => bench.expect(201, 'POST', '/v1/tasks', { title: 'Work', ...task }),
    get: (id) => bench.expect(200, 'GET', `/v1/tasks/${id}`),
    patch: (id, patch) => bench.expect(200, 'PATCH', `/v1/tasks/${id}`, patch),
    claim: (id, module = 'Worker') => bench.expect(200, 'POST', `/v1/tasks/${id}/claim`, { module }),
    events: async (id) =>
      (await bench.expect(200, 'GET', `/v1/events?task=${id}`)).items.map(({ type }: AnyJson) => type),
    refused: async (status, method, path, body) => (await bench.expect(status, method, path, body)).code,
  };
};
