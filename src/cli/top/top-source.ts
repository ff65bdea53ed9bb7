import type { GrangerClient } from '../../client/granger-client.js';
import type { Approval, HubModule, Instance, Page, Queue, Turn } from '../../client/hub-types.js';
import { pathOfInstance } from '../instance-path.js';
import type { DeadLetter } from '../message-columns.js';
import type { Snapshot, TopAction, Verb } from './top-model.js';

const MOST_MODULES = 1000;
const MOST_ROWS = 50;

const items = async <T>(hub: GrangerClient, path: string, query = {}): Promise<readonly T[]> =>
  (await hub.call<Page<T>>('GET', path, { query: { limit: MOST_ROWS, ...query } })).items;

export const takeSnapshot = async (hub: GrangerClient): Promise<Snapshot> => {
  const [stats, approvals, deadLetters, modules, queues, instances, running, waiting] = await Promise.all([
    hub.stats(),
    items<Approval>(hub, '/v1/approvals', { state: 'pending' }),
    items<DeadLetter>(hub, '/v1/dead-letters'),
    items<HubModule>(hub, '/v1/modules', { limit: MOST_MODULES }),
    items<Queue>(hub, '/v1/queues', { limit: MOST_MODULES }),
    items<Instance>(hub, '/v1/instances'),
    items<Turn>(hub, '/v1/turns', { state: 'running' }),
    items<Turn>(hub, '/v1/turns', { state: 'waiting_approval' }),
  ]);
  return { stats, approvals, deadLetters, modules, instances, turns: [...waiting, ...running], queues };
};

type Call = readonly [path: string, body: object];

const calls: Readonly<Record<Verb, (id: string) => Call>> = {
  approve: (id) => [`/v1/approvals/${id}`, { decision: 'allow' }],
  deny: (id) => [`/v1/approvals/${id}`, { decision: 'deny' }],
  redrive: (id) => ['/v1/dead-letters/redrive', { ids: [id] }],
  pause: (id) => [`${pathOfInstance(id)}/pause`, {}],
  resume: (id) => [`${pathOfInstance(id)}/resume`, {}],
  interrupt: (id) => [`${pathOfInstance(id)}/interrupt`, {}],
};

export const act = async (hub: GrangerClient, { verb, id }: TopAction): Promise<void> => {
  const [path, body] = calls[verb](id);
  await hub.call('POST', path, { body });
};
