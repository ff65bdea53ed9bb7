import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;
/** Whoever waits long does not take the time of what it waits for. */
const LOOK_AT_LEAST_EVERY_MS = 50;

/** Waits for a fact of the outside world that sends no event, such as a process that starts or ends. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitMs = LOOK_AGAIN_MS; !(await isTrue()); waitMs = Math.min(waitMs * 1.3, LOOK_AT_LEAST_EVERY_MS))
    await pause(waitMs);
}
