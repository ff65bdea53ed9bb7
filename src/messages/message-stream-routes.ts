import { frameParser, WrittenJson } from '../http/socket-frame.js';
import type { SocketOperation, SocketOperations, SocketSession } from '../http/socket-session.js';
import { requireAccess } from '../keys/principal.js';
import { actingAs } from '../lib/acting-key.js';
import { HubError, isHubError } from '../lib/errors.js';
import { sentMessageJson } from './message-json.js';
import { manyAnswer, senderOf } from './message-routes.js';
import type { MessageService } from './message-service.js';
import { SendBatchEnvelope, SendEnvelope } from './message-stream-schema.js';
import { OrderedSends } from './ordered-sends.js';
import { parseMessage, parseMessages } from './send-body.js';

/** For what the hub takes on no more while it stops. @throws draining */
export const refuseWhenDraining = (isDraining: () => boolean): void => {
  if (isDraining())
    throw new HubError('draining', 'The hub is stopping; ask again when it is back.', { retryAfterSeconds: 5 });
};

const parseOne = frameParser(SendEnvelope);
const parseMany = frameParser(SendBatchEnvelope);

/** `send` on a socket: what `POST /v1/messages` is, in the order of the frames. */
export const sendOperations = (messages: MessageService, isDraining: () => boolean): SocketOperations => {
  const lines = new WeakMap<SocketSession, OrderedSends>();
  const lineOf = (session: SocketSession): OrderedSends => {
    const known = lines.get(session);
    if (known !== undefined) return known;
    const line = new OrderedSends((batch) =>
      actingAs(session.principal.keyId, () =>
        messages.sendAll(batch, (message) => senderOf(session.principal, message.from)),
      ),
    );
    lines.set(session, line);
    return line;
  };
  const send: SocketOperation = async (session, frame) => {
    requireAccess(session.principal, 'act');
    refuseWhenDraining(isDraining);
    if ('messages' in frame) {
      const batch = parseMessages(parseMany(frame).messages);
      return new WrittenJson(manyAnswer(await lineOf(session).send(batch)));
    }
    const [outcome] = await lineOf(session).send([parseMessage(parseOne(frame).message)]);
    if (outcome === undefined || isHubError(outcome)) throw outcome;
    return new WrittenJson(sentMessageJson(outcome));
  };
  return { send };
};
