import type { StoredEvent } from './event-types.js';

/** All that is named must fit. `types` are exact (`message.sent`), or a noun with all its events (`message.*`), or `*`. */
export interface EventFilter {
  readonly types?: readonly string[];
  /** What it sent and what it got. */
  readonly module?: string;
  readonly conversation?: string;
  readonly message?: number;
  readonly turn?: number;
  readonly task?: number;
}

export const matchesFilter = (filter: EventFilter): ((event: StoredEvent) => boolean) => {
  const isType = typeMatcher(filter.types);
  return (event) =>
    isType(event.type) &&
    (filter.module === undefined || event.module === filter.module || event.sender === filter.module) &&
    (filter.conversation === undefined || event.conversation_id === filter.conversation) &&
    (filter.message === undefined || event.message_id === filter.message) &&
    (filter.turn === undefined || event.turn_id === filter.turn) &&
    (filter.task === undefined || event.task_id === filter.task);
};

const typeMatcher = (types: readonly string[] | undefined): ((type: string) => boolean) => {
  if (types === undefined || types.length === 0 || types.includes('*')) return () => true;
  const exact = new Set(types.filter((type) => !type.endsWith('.*')));
  const prefixes = types.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1));
  return (type) => exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
};
