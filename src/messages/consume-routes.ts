import { frameParser } from '../http/socket-frame.js';
import type { SocketOperation, SocketOperations } from '../http/socket-session.js';
import { requireAccess, requireModule } from '../keys/principal.js';
import { isHubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import type { ConsumeService, VerbOnDelivery } from './consume-service.js';
import { itemView, keyOf, outcomeView } from './delivery-routes.js';
import { refuseWhenDraining } from './message-stream-routes.js';
import { ConsumeFrame, type HolderVerbName, holderFrames, holderVerbs } from './message-stream-schema.js';

const DEFAULT_PREFETCH = 32;
const DEFAULT_LEASE_SECONDS = 60;

/** The operations of a socket that concern deliveries: consume, and what a holder says. */
export const consumeOperations = (consumes: ConsumeService, isDraining: () => boolean): SocketOperations => {
  const parse = frameParser(ConsumeFrame);
  const consume: SocketOperation = async (session, frame) => {
    requireAccess(session.principal, 'act');
    refuseWhenDraining(isDraining);
    const { id, module, channels, types, ...rest } = parse(frame);
    requireModule(session.principal, module);
    session.requireFree(id);
    const { prefetch = DEFAULT_PREFETCH, leaseSeconds = DEFAULT_LEASE_SECONDS } = rest;
    const options = { id, module, prefetch, leaseMs: leaseSeconds * 1000, channels, types };
    session.start(id, consumes.begin(session, options));
    return { module, prefetch, leaseSeconds };
  };
  const holder = holderVerbs.map((verb) => [verb, holderOperation(consumes, verb)]);
  return { consume, ...Object.fromEntries(holder) };
};

/** What a holder says of one delivery, as the schema of the verb's frame has it. */
interface HolderItem {
  readonly deliveryId: string;
  readonly [field: string]: unknown;
}

const holderOperation = (consumes: ConsumeService, verb: HolderVerbName): SocketOperation => {
  const parseOne = frameParser(holderFrames[verb].one);
  const parseMany = frameParser(holderFrames[verb].many);
  const verbOn = (id: number, { deliveryId: _, ...content }: HolderItem): VerbOnDelivery =>
    ({ ...content, verb, id }) as unknown as VerbOnDelivery;
  return async (session, frame) => {
    requireAccess(session.principal, 'act');
    if ('items' in frame) {
      const items = parseMany(frame).items as unknown as readonly HolderItem[];
      const verbs = items.map((item) => verbOn(fromPublicId('dlv', item.deliveryId) ?? 0, item));
      const outcomes = await consumes.apply(verbs);
      return { items: outcomes.map((outcome, index) => itemView(items[index]!.deliveryId, outcome)) };
    }
    const { op: _op, id: _id, ...content } = parseOne(frame);
    const item = content as unknown as HolderItem;
    const [outcome] = await consumes.apply([verbOn(keyOf(item.deliveryId), item)]);
    if (outcome === undefined || isHubError(outcome)) throw outcome;
    return outcomeView(outcome);
  };
};
