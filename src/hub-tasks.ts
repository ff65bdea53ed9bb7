import type { Database } from './db/database.js';
import type { EventStore } from './events/event-store.js';
import type { Clock } from './lib/clock.js';
import type { MessageService } from './messages/message-service.js';
import type { ModuleDirectory } from './modules/module-directory.js';
import { TaskReadingService } from './tasks/task-reading-service.js';
import { TaskService } from './tasks/task-service.js';
import { TaskStatisticsService } from './tasks/task-statistics-service.js';

export interface TaskNeeds {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly messages: MessageService;
}

/** What is asked of tasks. */
export const buildTasks = (needs: TaskNeeds) => {
  const taskReading = new TaskReadingService(needs.database);
  const tasks = new TaskService({ ...needs, reading: taskReading });
  return { tasks, taskReading, taskStatistics: new TaskStatisticsService(needs) };
};
