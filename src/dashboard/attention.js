import { age } from './format.js';
import { addressOf } from './router.js';

/**
 * What needs a person, gathered so that one cause is one line.
 * @typedef {{ key: string, tone: 'bad' | 'warn', kind: 'approval' | 'dead' | 'failed' | 'stuck' | 'offline', title: string, detail: string,
 *   at: number | undefined, href: string, redrive?: { module?: string, type: string }, approval?: import('./shapes.js').Approval }} Concern
 * @typedef {{ approvals?: readonly import('./shapes.js').Approval[], deadLetters?: readonly import('./shapes.js').DeadLetter[],
 *   modules?: readonly import('./shapes.js').Module[], queues?: readonly import('./shapes.js').Queue[],
 *   failedTurns?: readonly import('./shapes.js').Turn[], now: number }} Situation
 */

/** A line in which nothing has moved for so long is stuck. */
const STUCK_SECONDS = 120;
const RECENT_MS = 3_600_000;
/** More modules than this are told of in one line. */
const MOST_NAMED = 4;

/** The most urgent first. @param {Situation} situation @returns {Concern[]} */
export const concernsOf = ({ approvals = [], deadLetters = [], modules = [], queues = [], failedTurns = [], now }) => [
  ...approvals.map(ofApproval),
  ...ofDeadLetters(deadLetters),
  ...ofFailedTurns(failedTurns, deadLetters, now),
  ...queues
    .filter(({ pending, oldestAgeSeconds }) => pending > 0 && (oldestAgeSeconds ?? 0) >= STUCK_SECONDS)
    .map((queue) => ofStuck(queue, now)),
  ...ofOffline(modules, queues, now),
];

/** @param {import('./shapes.js').Approval} approval @returns {Concern} */
const ofApproval = (approval) => ({
  key: approval.id,
  tone: 'warn',
  kind: 'approval',
  title: `${approval.module} asks to run ${approval.toolName}`,
  detail: approval.description ?? inputOf(approval.input),
  at: instantOf(approval.requestedAt),
  href: addressOf('turns', approval.turnId),
  approval,
});

/** One value says more without its name. @param {object} input */
const inputOf = (input) => {
  const values = Object.values(input);
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(input);
};

/** @param {readonly import('./shapes.js').DeadLetter[]} deadLetters @returns {Concern[]} */
const ofDeadLetters = (deadLetters) =>
  [...groupBy(deadLetters, ({ delivery, message }) => `${queueOf(delivery)} ${message.type}`)].map(([key, letters]) => {
    const [{ delivery, message }] = /** @type {[import('./shapes.js').DeadLetter]} */ (letters);
    const { module } = delivery;
    return {
      key: `dead ${key}`,
      tone: 'bad',
      kind: 'dead',
      title: `${counted(letters.length, 'dead letter')} of ${message.type} for ${queueOf(delivery)}`,
      detail: delivery.error?.message ?? '',
      at: instantOf(delivery.settledAt),
      href: addressOf('dead-letters', undefined, { module, type: message.type }),
      redrive: { ...(module === undefined ? {} : { module }), type: message.type },
    };
  });

/** @param {import('./shapes.js').Delivery} delivery */
const queueOf = ({ module, channel }) => module ?? `#${channel}`;

/** What ended as a dead letter stands there already. @param {readonly import('./shapes.js').Turn[]} turns @param {readonly import('./shapes.js').DeadLetter[]} deadLetters @param {number} now @returns {Concern[]} */
const ofFailedTurns = (turns, deadLetters, now) => {
  const dead = new Set(deadLetters.map(({ message }) => message.id));
  const recent = turns.filter(
    ({ endedAt, messageId }) => now - (instantOf(endedAt) ?? 0) < RECENT_MS && !dead.has(messageId),
  );
  return [...groupBy(recent, ({ module }) => module)].map(([module, failed]) => ({
    key: `failed ${module}`,
    tone: 'bad',
    kind: 'failed',
    title: `${counted(failed.length, 'turn')} of ${module} failed`,
    detail: failed[0]?.error?.message ?? '',
    at: instantOf(failed[0]?.endedAt),
    href:
      failed.length === 1
        ? addressOf('turns', failed[0]?.id)
        : addressOf('turns', undefined, { state: 'failed', module }),
  }));
};

/** @param {import('./shapes.js').Queue} queue @param {number} now @returns {Concern} */
const ofStuck = ({ name, kind, pending, leased, oldestAgeSeconds }, now) => {
  const at = now - (oldestAgeSeconds ?? 0) * 1000;
  const why =
    leased > 0 ? `${leased} in work` : kind === 'channel' ? 'nobody claims from the channel' : 'nobody claims them';
  return {
    key: `stuck ${kind} ${name}`,
    tone: 'warn',
    kind: 'stuck',
    title: `${counted(pending, 'message')} waiting for ${kind === 'channel' ? `#${name}` : name}`,
    detail: `The oldest for ${age(at, now)}; ${why}.`,
    at,
    href:
      kind === 'module'
        ? addressOf('modules', name)
        : addressOf('messages', undefined, { channel: name, state: 'pending' }),
  };
};

/** @param {readonly import('./shapes.js').Module[]} modules @param {readonly import('./shapes.js').Queue[]} queues @param {number} now @returns {Concern[]} */
const ofOffline = (modules, queues, now) => {
  const away = modules.filter(({ status }) => status !== 'active');
  const waiting = new Map(queues.filter(({ kind }) => kind === 'module').map(({ name, pending }) => [name, pending]));
  const offline = away.filter(({ status }) => status === 'offline');
  if (offline.length > MOST_NAMED) {
    const names = offline.map(({ name }) => name).join(', ');
    const title = `${offline.length} modules are offline`;
    return [
      {
        key: 'offline',
        tone: 'warn',
        kind: 'offline',
        title,
        detail: names,
        at: undefined,
        href: addressOf('modules', undefined, { status: 'offline' }),
      },
    ];
  }
  return offline.map(({ name, lastHeartbeatAt }) => {
    const pending = waiting.get(name) ?? 0;
    return {
      key: `offline ${name}`,
      tone: pending > 0 ? 'bad' : 'warn',
      kind: 'offline',
      title: `${name} is offline`,
      detail: `No sign of life for ${age(lastHeartbeatAt, now)}${pending > 0 ? `; ${counted(pending, 'message')} waiting` : ''}.`,
      at: instantOf(lastHeartbeatAt),
      href: addressOf('modules', name),
    };
  });
};

/** @param {string | undefined} instant */
const instantOf = (instant) => (instant === undefined ? undefined : Date.parse(instant));

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** @template T @param {readonly T[]} items @param {(item: T) => string} keyOf @returns {Map<string, T[]>} */
const groupBy = (items, keyOf) => {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};
