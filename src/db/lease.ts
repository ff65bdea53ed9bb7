import { type RawBuilder, sql } from 'kysely';

/** A delivery that can be claimed at `now`: its turn has come and it is not too late. */
export const isFree = (now: RawBuilder<number>): RawBuilder<boolean> =>
  sql<boolean>`deliveries.state = 'pending' and deliveries.availability = 'ready' and (deliveries.expires_at is null or deliveries.expires_at > ${now})`;

/**
 * The lease is this one and its time is not over; only a leased delivery has one. Every verb of a holder stands behind this guard. The
 * state is not asked for: PostgreSQL would then take all leased ones out of their index instead of these by their keys, five times slower.
 */
export const isHeldBy = (lease: RawBuilder<string>, now: RawBuilder<number>): RawBuilder<boolean> =>
  sql<boolean>`deliveries.lease = ${lease} and deliveries.lease_expires_at > ${now}`;

/** Whose a delivery is when it goes back in line: in a channel anybody's again. */
export const moduleInLine = (): RawBuilder<string | null> =>
  sql<string | null>`case when deliveries.queue like '#%' then null else deliveries.module end`;
