/** One of several lines that a claim looks at, as far as it has been taken from. */
interface Line<T> {
  readonly rows: readonly T[];
  taken: number;
}

interface InLine {
  readonly delivery_id: number;
  readonly line_priority: number;
}

const isBefore = (a: InLine, b: InLine): boolean =>
  a.line_priority === b.line_priority ? a.delivery_id < b.delivery_id : a.line_priority > b.line_priority;

/**
 * What is claimed from several queues, each in its own order. A rank says nothing in another queue, so of two queues whose heads are of
 * one priority the older head goes first: no queue is held up for ever by another that never ends.
 */
export const mergeDue = <T extends InLine>(queues: readonly (readonly T[])[], limit: number): T[] => {
  const lines: Line<T>[] = queues.map((rows) => ({ rows, taken: 0 }));
  const merged: T[] = [];
  while (merged.length < limit) {
    let next: Line<T> | undefined;
    for (const line of lines) {
      const head = line.rows[line.taken];
      if (head !== undefined && (next === undefined || isBefore(head, next.rows[next.taken]!))) next = line;
    }
    if (next === undefined) break;
    merged.push(next.rows[next.taken++]!);
  }
  return merged;
};
