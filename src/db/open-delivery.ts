import { sql } from 'kysely';

/** In each partial index of open deliveries those that are in no other: the table itself is never searched. */
export const isReady = sql<boolean>`state = 'pending' and availability = 'ready'`;
export const isDelayed = sql<boolean>`state = 'pending' and availability = 'delayed'`;
export const isBlocked = sql<boolean>`state in ('pending', 'leased') and ordering_key is not null and state = 'pending' and availability = 'blocked'`;
export const isLeased = sql<boolean>`state = 'leased'`;
export const isDead = sql<boolean>`state = 'dead'`;

/** Not over: a dead letter is kept until it is redriven or deleted, and what belongs to it with it. */
export const isOpenOrDead = sql<boolean>`deliveries.state in ('pending', 'leased', 'dead')`;
