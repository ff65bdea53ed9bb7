import type { Instance } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Colors } from './colors.js';
import type { Column } from './table.js';

export const instanceColors: Readonly<Partial<Record<Instance['state'], keyof Colors>>> = {
  idle: 'green',
  busy: 'cyan',
  paused: 'yellow',
  crashed: 'red',
};

export const instanceColumns: readonly Column<Instance>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => instanceColors[state] },
  { head: 'MODULE', of: ({ module }) => module },
  { head: 'CONVERSATION', of: ({ conversationId }) => conversationId },
  { head: 'AGE', of: ({ startedAt }) => ageText(startedAt), isRight: true },
  { head: 'TURNS', of: ({ turns }) => turns, isRight: true },
  { head: 'MB', of: ({ memoryMb }) => memoryMb && Math.round(memoryMb), isRight: true },
  { head: 'CPU%', of: ({ cpu }) => cpu && Math.round(cpu), isRight: true },
  { head: 'USD', of: ({ costUsd }) => costUsd.toFixed(4), isRight: true },
  { head: 'NAME', of: ({ name }) => name, isWide: true },
];
