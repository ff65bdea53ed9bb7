import { type ClaimedDelivery, messageJson } from './message-json.js';

/** What a delivery is handed over as where the hub holds the lease itself: as in the answer to a claim, without the lease. */
export const handedJson = ({ deliveryId, attempt, maxAttempts, isReplayed, message }: ClaimedDelivery): string =>
  `{"delivery":{"id":"dlv_${deliveryId}","attempt":${attempt},"maxAttempts":${maxAttempts}${isReplayed ? ',"replayed":true' : ''}},` +
  `"message":${messageJson(message)}}`;
