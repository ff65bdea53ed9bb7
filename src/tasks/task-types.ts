/** What a list, an export or a statistic of tasks is narrowed to: all that is named must fit. */
export interface TaskFilter {
  readonly state?: string;
  readonly kind?: string;
  readonly assignee?: string;
  readonly createdBy?: string;
  readonly parent?: number;
  readonly message?: number;
  /** Words in the title or the note. */
  readonly q?: string;
  /** Made later, and earlier, than these instants. */
  readonly after?: number;
  readonly before?: number;
  /** Only those with a smaller key. */
  readonly below?: number;
}

export interface LogFilter {
  readonly task: number;
  readonly level?: string;
  /** Only entries with a larger key. */
  readonly above: number;
  readonly limit: number;
}

/** A dependency of a task, and how that stands. */
export interface DependencyRow {
  readonly task_id: number;
  readonly depends_on: number;
  readonly state: string;
}
