import type { ToolResultOutput, ToolUseOutput, TurnOutput } from './drivers/agent-driver.js';

type Status = 'pending' | 'in_progress' | 'completed';

/** An agent that has ticked off everything still has to say so. */
const MOST_PERCENT = 99;
const CREATED = /^Task #(\S+) created/;

/**
 * What an agent means to do in a turn and how much of it is done, as it notes it down with the tools of the CLI for that: TodoWrite, which
 * replaces the list, or TaskCreate and TaskUpdate, which newer CLIs have instead. A sub-agent's list is no part of it.
 */
export class WorkList {
  readonly #items = new Map<string, Status>();
  /** What was asked of a tool that has not answered yet, by its id. */
  readonly #asked = new Map<string, ToolUseOutput>();

  /** @returns the percent that is done, in whole numbers, where the output has changed the list */
  hear(output: TurnOutput): number | undefined {
    if (output.kind === 'tool_use') this.#ask(output);
    return output.kind === 'tool_result' ? this.#answer(output) : undefined;
  }

  #ask(use: ToolUseOutput): void {
    if (use.parentToolUseId === undefined && Object.hasOwn(changes, use.name)) this.#asked.set(use.toolUseId, use);
  }

  /** Only what a tool did not refuse counts: TodoWrite is there in CLIs that do not let it be used. */
  #answer({ toolUseId, isError, text }: ToolResultOutput): number | undefined {
    const use = this.#asked.get(toolUseId);
    this.#asked.delete(toolUseId);
    if (use === undefined || isError) return undefined;
    changes[use.name]?.(this.#items, use.input, text);
    const { size } = this.#items;
    if (size === 0) return undefined;
    const done = [...this.#items.values()].filter((status) => status === 'completed').length;
    return Math.min(MOST_PERCENT, Math.floor((100 * done) / size));
  }
}

type Change = (items: Map<string, Status>, input: ToolUseOutput['input'], answer: string) => void;

const changes: Readonly<Record<string, Change>> = {
  TodoWrite: (items, { todos }) => {
    if (!Array.isArray(todos)) return;
    items.clear();
    for (const [place, todo] of (todos as unknown[]).entries()) items.set(`${place}`, statusOf(todo) ?? 'pending');
  },
  TaskCreate: (items, _input, answer) => {
    const id = CREATED.exec(answer)?.[1];
    if (id !== undefined) items.set(id, 'pending');
  },
  TaskUpdate: (items, input) => {
    const { taskId, status } = input;
    if (typeof taskId !== 'string') return;
    if (status === 'deleted') items.delete(taskId);
    else items.set(taskId, statusOf(input) ?? items.get(taskId) ?? 'pending');
  },
};

const statusOf = (item: unknown): Status | undefined => {
  const { status } = (item ?? {}) as { status?: unknown };
  return status === 'pending' || status === 'in_progress' || status === 'completed' ? status : undefined;
};
