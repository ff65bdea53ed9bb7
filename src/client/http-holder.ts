import type { Lease, LeaseHolder, Settlement } from './held-work.js';
import type { HubConnection } from './hub-connection.js';
import type { DeliveryOutcome, OneOf } from './hub-types.js';

interface BatchAnswer {
  readonly extend?: readonly OneOf<DeliveryOutcome>[];
}

/** A holder that speaks HTTP. What it says is sent again where the connection broke: said twice it is said once, as the lease proves. */
export class HttpHolder implements LeaseHolder {
  readonly #connection: HubConnection;

  constructor(connection: HubConnection) {
    this.#connection = connection;
  }

  async settle({ id, lease }: Lease, { verb, ...said }: Settlement): Promise<DeliveryOutcome> {
    const path = `/v1/deliveries/${id}/${verb}`;
    return await this.#connection.json('POST', path, { body: { lease, ...said }, isIdempotent: true });
  }

  async extend(leases: readonly Lease[], leaseSeconds: number): Promise<readonly OneOf<DeliveryOutcome>[]> {
    const body = { extend: leases.map((lease) => ({ ...lease, leaseSeconds })) };
    const { extend = [] } = await this.#batch(body);
    return extend;
  }

  async release(leases: readonly Lease[]): Promise<void> {
    await this.#batch({ release: leases });
  }

  #batch(body: object): Promise<BatchAnswer> {
    return this.#connection.json('POST', '/v1/deliveries/batch', { body, isIdempotent: true });
  }
}
