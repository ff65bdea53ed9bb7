import type { HubModule } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Colors } from './colors.js';
import type { Column } from './table.js';

const statusColors: Readonly<Record<HubModule['status'], keyof Colors>> = {
  active: 'green',
  stale: 'yellow',
  offline: 'red',
};

export const moduleColumns: readonly Column<HubModule>[] = [
  { head: 'NAME', of: ({ name }) => name },
  { head: 'STATUS', of: ({ status }) => status, color: ({ status }) => statusColors[status] },
  { head: 'RUNTIME', of: ({ runtime }) => runtime.type },
  { head: 'SEEN', of: ({ lastHeartbeatAt }) => ageText(lastHeartbeatAt), isRight: true },
  { head: 'CAPABILITIES', of: ({ capabilities }) => capabilities },
  { head: 'DESCRIPTION', of: ({ description }) => description, isWide: true },
];
