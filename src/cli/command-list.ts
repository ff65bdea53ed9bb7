import { approvalCommands } from './approval-commands.js';
import type { CommandSpec } from './command-spec.js';
import { completionCommands } from './completion-commands.js';
import { conversationCommands } from './conversation-commands.js';
import { deadLetterCommands } from './dead-letter-commands.js';
import { doctorCommands } from './doctor/doctor-command.js';
import { hubCommands } from './hub-commands.js';
import { instanceCommands } from './instance-commands.js';
import { messageCommands } from './message-commands.js';
import { moduleCommands } from './module-commands.js';
import { queryCommands } from './query-commands.js';
import { serveCommands } from './serve-command.js';
import { taskCommands } from './task-commands.js';
import { topCommands } from './top/top-command.js';
import { webhookCommands } from './webhook-commands.js';

/** Every command, in the order of the help. */
export const commandList: readonly CommandSpec[] = [
  ...serveCommands,
  ...doctorCommands,
  ...topCommands,
  ...moduleCommands,
  ...queryCommands,
  ...instanceCommands,
  ...messageCommands,
  ...deadLetterCommands,
  ...conversationCommands,
  ...taskCommands,
  ...approvalCommands,
  ...hubCommands,
  ...webhookCommands,
  ...completionCommands(() => commandList),
];
