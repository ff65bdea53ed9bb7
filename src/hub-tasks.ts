import type { Database } from './db/database.js';
import { TaskReadingService } from './tasks/task-reading-service.js';
import { TaskRetentionService } from './tasks/task-retention-service.js';
import { TaskService, type TaskServiceParts } from './tasks/task-service.js';
import { TaskStatisticsService } from './tasks/task-statistics-service.js';

export interface TaskNeeds extends Omit<TaskServiceParts, 'reading'> {
  readonly database: Database;
  readonly keepMessagesMs: number;
}

/** Everything about tasks but the own ones of messages, which the broker moves. */
export const buildTasks = (needs: TaskNeeds) => {
  const taskReading = new TaskReadingService(needs.database);
  return {
    taskReading,
    tasks: new TaskService({ ...needs, reading: taskReading }),
    taskStatistics: new TaskStatisticsService(needs),
    taskRetention: new TaskRetentionService(needs),
  };
};
