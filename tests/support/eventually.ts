import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;

/** Waits for a fact of the outside world that sends no event, such as a process that starts or ends. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(LOOK_AGAIN_MS);
}
