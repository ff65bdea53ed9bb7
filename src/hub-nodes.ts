import { buryAgents } from './agents/agent-recovery.js';
import type { EventStore } from './events/event-store.js';
import type { Foundation, HubParts } from './hub-parts.js';
import type { KeyService } from './keys/key-service.js';
import { NodeCalls } from './nodes/node-calls.js';
import { NodeService, type NodeUpkeep } from './nodes/node-service.js';

/** Starts the tag of every process that this hub has started, whether it lives or was killed. */
export const tagPrefixOf = ({ databaseId, database }: Pick<Foundation, 'databaseId' | 'database'>): string =>
  `${databaseId}.${database.read.nodeId}.`;

/** What knows of the other hubs on the database. */
export const buildNodes = (
  foundation: Foundation,
  { events, keys }: { readonly events: EventStore; readonly keys: KeyService },
) => {
  const id = foundation.database.read.nodeId;
  const nodes = new NodeService({ ...foundation, events, id, admitKey: keys.admitAdmin.bind(keys) });
  return { nodes, nodeCalls: new NodeCalls({ ...foundation, nodes }) };
};

/** What the parts of the hub have to do with the coming and going of hubs. */
export const nodeUpkeep = ({ modules, pool, events, clock, rescue }: HubParts): NodeUpkeep => ({
  beat: (tx) => {
    const signs = modules.takeSigns();
    if (signs.length > 0) tx.tell(modules.seen, signs);
  },
  bury: async (tx, node) => void (await buryAgents(tx, node, { events, clock, rescue })),
  returned: () => pool.endAll('another hub may have gone on with its conversation'),
});
