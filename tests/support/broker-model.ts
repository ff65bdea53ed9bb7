/*
 * What a broker promises, as plainly as it can be said: one list, and a turn for each ordering key. It knows no database, no indexes and
 * no counters. What only the hub can know (tokens, and the instant that a backoff has drawn) is told to it.
 */
export type State = 'pending' | 'leased' | 'done' | 'dead' | 'expired' | 'cancelled';

export interface ModelDelivery {
  readonly id: number;
  readonly messageId: string;
  /** A module, or `#` and a channel. */
  readonly queue: string;
  readonly priority: number;
  readonly key: string | undefined;
  readonly maxAttempts: number;
  readonly expiresAt: number | undefined;
  state: State;
  attempt: number;
  availableAt: number;
  lease: { readonly token: string; readonly until: number } | undefined;
}

export type NewDelivery = Omit<ModelDelivery, 'state' | 'attempt' | 'lease'>;
export type Refusal = 'delivery_final' | 'lease_lost';

export class BrokerModel {
  now: number;
  readonly deliveries: ModelDelivery[] = [];
  /** Which delivery of a key may be out. */
  readonly #turns = new Map<string, ModelDelivery>();

  constructor(now: number) {
    this.now = now;
  }

  isOpen({ state }: ModelDelivery): boolean {
    return state === 'pending' || state === 'leased';
  }

  isClaimable(delivery: ModelDelivery): boolean {
    const { state, availableAt, expiresAt } = delivery;
    const isAlive = expiresAt === undefined || expiresAt > this.now;
    return state === 'pending' && availableAt <= this.now && isAlive && this.#hasTurn(delivery);
  }

  /** What a claim from these queues gets, in its order. */
  line(queues: readonly string[]): ModelDelivery[] {
    return this.deliveries
      .filter((delivery) => queues.includes(delivery.queue) && this.isClaimable(delivery))
      .sort((a, b) => b.priority - a.priority || a.id - b.id);
  }

  count(state: State, queue?: string): number {
    return this.deliveries.filter((each) => each.state === state && (queue === undefined || each.queue === queue))
      .length;
  }

  /** Why a holder with this token is refused, if it is. */
  refusal(delivery: ModelDelivery, token: string): Refusal | undefined {
    if (!this.isOpen(delivery)) return 'delivery_final';
    const { lease } = delivery;
    return lease?.token === token && lease.until > this.now ? undefined : 'lease_lost';
  }

  send(fresh: NewDelivery): void {
    const delivery: ModelDelivery = { ...fresh, state: 'pending', attempt: 0, lease: undefined };
    this.deliveries.push(delivery);
    this.#lineUp(delivery);
  }

  claim(delivery: ModelDelivery, token: string, until: number): void {
    Object.assign(delivery, { state: 'leased', attempt: delivery.attempt + 1, lease: { token, until } });
  }

  extend(delivery: ModelDelivery, until: number): void {
    delivery.lease = { token: delivery.lease!.token, until };
  }

  release(delivery: ModelDelivery, availableAt: number): void {
    Object.assign(delivery, { state: 'pending', attempt: delivery.attempt - 1, lease: undefined, availableAt });
  }

  /** `availableAt` is asked for only where there is a next attempt. */
  fail(delivery: ModelDelivery, isRetryable: boolean, availableAt: (delivery: ModelDelivery) => number): void {
    const isLast = !isRetryable || delivery.attempt >= delivery.maxAttempts;
    if (isLast) this.end(delivery, 'dead');
    else Object.assign(delivery, { state: 'pending', lease: undefined, availableAt: availableAt(delivery) });
  }

  end(delivery: ModelDelivery, state: Exclude<State, 'pending' | 'leased'>): void {
    Object.assign(delivery, { state, lease: undefined });
    if (delivery.key !== undefined && this.#hasTurn(delivery)) this.#passTurn(delivery);
  }

  redrive(delivery: ModelDelivery): void {
    Object.assign(delivery, { state: 'pending', attempt: 0, availableAt: this.now });
    this.#lineUp(delivery);
  }

  /** Leases end first, then lives. */
  sweep(availableAt: (delivery: ModelDelivery) => number): void {
    for (const delivery of this.deliveries)
      if (delivery.lease !== undefined && delivery.lease.until <= this.now) this.fail(delivery, true, availableAt);
    for (const delivery of this.deliveries)
      if (this.isOpen(delivery) && (delivery.expiresAt ?? Number.POSITIVE_INFINITY) <= this.now)
        this.end(delivery, 'expired');
  }

  #hasTurn(delivery: ModelDelivery): boolean {
    return delivery.key === undefined || this.#turns.get(lineOf(delivery)) === delivery;
  }

  #lineUp(delivery: ModelDelivery): void {
    if (delivery.key !== undefined && !this.#turns.has(lineOf(delivery))) this.#turns.set(lineOf(delivery), delivery);
  }

  /** To the earliest of the key. */
  #passTurn(from: ModelDelivery): void {
    const line = lineOf(from);
    const next = this.deliveries.find((each) => each.key !== undefined && lineOf(each) === line && this.isOpen(each));
    if (next === undefined) this.#turns.delete(line);
    else this.#turns.set(line, next);
  }
}

const lineOf = ({ queue, key }: ModelDelivery): string => `${queue} ${key}`;
