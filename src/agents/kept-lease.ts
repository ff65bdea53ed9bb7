import type { Logger } from '../lib/logger.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import type { RunningTurn } from './running-turn.js';

export const LEASE_SECONDS = 60;
const EXTEND_EVERY_MS = 20_000;

/** Extends the lease of a turn's delivery until it is let go. A turn that has lost it is to end. @returns lets go */
export const keepLease = (
  turn: RunningTurn,
  deliveries: Pick<DeliveryService, 'applyAll'>,
  logger: Pick<Logger, 'error'>,
): (() => void) => {
  const { deliveryId: id } = turn.claimed;
  const timer = setInterval(() => {
    extendLease(turn, deliveries).catch((error: unknown) =>
      logger.error({ err: error, delivery: id }, 'a lease could not be extended'),
    );
  }, EXTEND_EVERY_MS);
  return () => clearInterval(timer);
};

/** For its whole time again. A turn that has lost it is to end. */
export const extendLease = async (turn: RunningTurn, deliveries: Pick<DeliveryService, 'applyAll'>): Promise<void> => {
  const { deliveryId: id, lease } = turn.claimed;
  const [outcome] = await deliveries.applyAll([{ id, verb: 'extend', lease, leaseSeconds: LEASE_SECONDS }]);
  if (outcome instanceof Error) turn.end('lease_lost');
};
