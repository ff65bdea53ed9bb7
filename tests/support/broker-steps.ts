import fc from 'fast-check';

export const WORKERS = ['Worker', 'Helper'] as const;
export const CHANNEL = 'jobs';

export interface StepFields {
  send: {
    to: (typeof WORKERS)[number] | typeof CHANNEL;
    priority: number;
    orderingKey: string | undefined;
    ttlSeconds: number | undefined;
    delaySeconds: number | undefined;
    maxAttempts: number;
  };
  claim: { by: (typeof WORKERS)[number]; max: number; leaseSeconds: number };
  /** `lease`: how many were given since. */
  complete: { lease: number };
  fail: { lease: number; retryable: boolean; delaySeconds: number | undefined };
  extend: { lease: number; leaseSeconds: number };
  release: { lease: number; delaySeconds: number | undefined };
  /** `delivery`: a number to pick one by. */
  cancel: { delivery: number };
  redrive: { delivery: number };
  /** `swept`: whether the sweeps have been since. */
  passTime: { seconds: number; swept: boolean };
  restart: object;
}

/** Something that is done to a broker. */
export type Step = { [Do in keyof StepFields]: { readonly do: Do } & Readonly<StepFields[Do]> }[keyof StepFields];

// Few values, and the usual ones often, so that much of it meets: ends at one instant, many in one line, verbs on what is leased.
const [worker, helper] = WORKERS;
const none = undefined;
const leaseSeconds = fc.constantFrom(5, 21, 120);
const lease = fc.constantFrom(0, 0, 0, 1, 2, 3, 6);
const delivery = fc.nat({ max: 30 });

type Arbitraries<T> = { [K in keyof T]: fc.Arbitrary<T[K]> };

const fields: { [Do in keyof StepFields]: Arbitraries<StepFields[Do]> } = {
  send: {
    to: fc.constantFrom(worker, worker, worker, helper, CHANNEL),
    priority: fc.constantFrom(1, 5, 10),
    orderingKey: fc.constantFrom(none, 'k', 'k'),
    ttlSeconds: fc.constantFrom(none, none, none, 5, 21, 120),
    delaySeconds: fc.constantFrom(none, none, none, 5, 21),
    maxAttempts: fc.constantFrom(1, 1, 2, 3),
  },
  claim: { by: fc.constantFrom(worker, worker, helper), max: fc.constantFrom(1, 2, 5), leaseSeconds },
  complete: { lease },
  fail: { lease, retryable: fc.boolean(), delaySeconds: fc.constantFrom(none, 0, 0, 5, 21) },
  extend: { lease, leaseSeconds },
  release: { lease, delaySeconds: fc.constantFrom(none, none, 5, 21) },
  cancel: { delivery },
  redrive: { delivery },
  passTime: { seconds: fc.constantFrom(1, 1, 5, 21, 120), swept: fc.boolean() },
  restart: {},
};

const weights: Readonly<Record<keyof StepFields, number>> = {
  send: 12,
  claim: 10,
  complete: 3,
  fail: 8,
  extend: 2,
  release: 2,
  cancel: 3,
  redrive: 4,
  passTime: 4,
  restart: 1,
};

const step = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(name), ...fields[name as keyof StepFields] }) as fc.Arbitrary<Step>,
  })),
);

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: 1, maxLength, size: 'max' });
