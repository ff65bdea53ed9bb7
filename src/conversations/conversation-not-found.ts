import { HubError } from '../lib/errors.js';

export const conversationNotFound = (id: string): HubError =>
  new HubError('conversation_not_found', `There is no conversation ${id}.`);
