export interface PushedDelivery {
  readonly id: number;
  readonly lease: string;
}

/** Which holder was handed which delivery by which lease, until that lease is over. A delivery has one holder at a time. */
export class PushedDeliveries<Holder extends object> {
  readonly #leases = new Map<number, { readonly lease: string; readonly holder: Holder }>();
  readonly #ofHolder = new Map<Holder, Set<number>>();

  /** @returns whoever held it before: that lease must be over */
  add(holder: Holder, { id, lease }: PushedDelivery): Holder | undefined {
    const before = this.#leases.get(id);
    if (before !== undefined) this.remove(id, before.lease);
    this.#leases.set(id, { lease, holder });
    const own = this.#ofHolder.get(holder);
    if (own === undefined) this.#ofHolder.set(holder, new Set([id]));
    else own.add(id);
    return before?.holder;
  }

  leaseOf(id: number): string | undefined {
    return this.#leases.get(id)?.lease;
  }

  /** @returns who held it by this lease, if anybody did */
  remove(id: number, lease: string): Holder | undefined {
    const held = this.#leases.get(id);
    if (held?.lease !== lease) return undefined;
    this.#leases.delete(id);
    const own = this.#ofHolder.get(held.holder);
    if (own?.delete(id) === true && own.size === 0) this.#ofHolder.delete(held.holder);
    return held.holder;
  }

  count(holder: Holder): number {
    return this.#ofHolder.get(holder)?.size ?? 0;
  }

  of(holder: Holder): PushedDelivery[] {
    return [...(this.#ofHolder.get(holder) ?? [])].map((id) => ({ id, lease: this.#leases.get(id)!.lease }));
  }

  ids(): number[] {
    return [...this.#leases.keys()];
  }
}
