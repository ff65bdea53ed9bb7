import type { Clock } from '../lib/clock.js';
import type { LastWord } from '../messages/rescue-service.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { errorPayload } from './agent-reply.js';
import { requestParts } from './context/context-values.js';
import { turnStore } from './turn-store.js';

/** What an agent would have answered to a message that ended without it: whoever waits for the agent is told in any case. */
export const lastWordOfAgents =
  ({ modules, clock }: { readonly modules: ModuleDirectory; readonly clock: Clock }): LastWord =>
  async (tx, { delivery, message, error }) => {
    const target = delivery.module ?? '';
    if (message.reply_to !== null || modules.find(target)?.runtime.type !== 'claude') return undefined;
    const turn = await turnStore.lastOfMessage(tx, message.id);
    const request = {
      source: message.sender,
      target,
      message: requestParts(JSON.parse(message.payload)).text,
      turnId: turn?.delivery_id === delivery.id ? turn.id : undefined,
      now: clock.now(),
    };
    return errorPayload(request, error, undefined, 0);
  };
