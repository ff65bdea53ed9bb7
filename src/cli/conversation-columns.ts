import type { Conversation } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Column } from './table.js';

export const conversationColumns: readonly Column<Conversation>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => (state === 'active' ? 'green' : 'gray') },
  { head: 'MESSAGES', of: ({ messageCount }) => messageCount, isRight: true },
  { head: 'LAST', of: ({ lastMessageAt }) => ageText(lastMessageAt), isRight: true },
  { head: 'WHO', of: ({ participants }) => participants },
  { head: 'TITLE', of: ({ title }) => title, isWide: true },
];

/** Of a search: with the place where the words are. */
export const foundColumns: readonly Column<Conversation>[] = [
  ...conversationColumns.filter(({ head }) => head !== 'TITLE' && head !== 'STATE'),
  { head: 'FOUND', of: ({ match, title }) => match?.text ?? title, isWide: true },
];
