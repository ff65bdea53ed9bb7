import type { TaskRetentionService } from '../tasks/task-retention-service.js';
import type { Sweep } from './sweep.js';

/** Own tasks of messages that are over and old, with their logs. */
export const pruneTasks = (retention: TaskRetentionService): Sweep => ({
  name: 'prune-tasks',
  everyMs: 60_000,
  runOnce: (now) => retention.prune(now),
});
