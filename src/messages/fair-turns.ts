/*
 * Senders sit in a ring, each with a number of its own, and take turns round by round. A rank is a round and the sender's number in it:
 * whoever claims by rank goes round the ring, and between two turns of one sender comes a turn of each other that waits.
 */

/** More than there can be modules; 2^33 rounds of them are still exact numbers. */
const NUMBERS = 2 ** 20;

export interface Standing {
  /** The sender's own, from 1. */
  readonly number: number;
  /** Rank of the last turn that the sender was given; 0 for none. */
  readonly last: number;
  /** The rank that the queue has come to. */
  readonly place: number;
}

export const numberOf = (rank: number): number => rank % NUMBERS;

/** The rank of the sender's next turn: a round after its last, and not before what the queue has come to. */
export const nextTurn = ({ number, last, place }: Standing): number => {
  const inThisRound = place - numberOf(place) + number;
  const soonest = inThisRound > place ? inThisRound : inThisRound + NUMBERS;
  return last === 0 ? soonest : Math.max(soonest, last + NUMBERS);
};
