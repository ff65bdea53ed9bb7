import { type RawBuilder, sql } from 'kysely';

/** The row is of that hub. What was written before there were several is the own of whoever finds it. */
export const isOfNode = (node: RawBuilder<number>, own: RawBuilder<number>): RawBuilder<boolean> =>
  sql<boolean>`coalesce(node_id, ${own}) = ${node}`;

/**
 * The conversation of the message is not with another hub that lives: neither a process of it nor its session. `self` is the key of this
 * hub, `agent` the module.
 */
export const isAtHome = (self: RawBuilder<number>, agent: RawBuilder<string>): RawBuilder<boolean> =>
  sql<boolean>`not exists (select 1 from agent_sessions
      join nodes on nodes.id = agent_sessions.node_id and nodes.state = 'live' and nodes.id <> ${self}
      where agent_sessions.conversation_id = messages.conversation_id and agent_sessions.module = ${agent})
    and not exists (select 1 from instances
      join nodes on nodes.id = instances.node_id and nodes.state = 'live' and nodes.id <> ${self}
      where instances.conversation_id = messages.conversation_id and instances.module = ${agent}
        and instances.state not in ('stopped', 'crashed'))`;
