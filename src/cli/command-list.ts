import type { CommandSpec } from './command-spec.js';
import { completionCommands } from './completion-commands.js';
import { conversationCommands } from './conversation-commands.js';
import { deadLetterCommands } from './dead-letter-commands.js';
import { hubCommands } from './hub-commands.js';
import { instanceCommands } from './instance-commands.js';
import { messageCommands } from './message-commands.js';
import { moduleCommands } from './module-commands.js';
import { queryCommands } from './query-commands.js';
import { serveCommands } from './serve-command.js';

/** Every command, in the order of the help. */
export const commandList: readonly CommandSpec[] = [
  ...serveCommands,
  ...moduleCommands,
  ...queryCommands,
  ...instanceCommands,
  ...messageCommands,
  ...deadLetterCommands,
  ...conversationCommands,
  ...hubCommands,
  ...completionCommands(() => commandList),
];
