import { eventually } from './eventually.js';
import type { Answer, TestHub } from './test-hub.js';

/** The first event that fits the query of `/v1/events`, from the beginning on, as soon as it is there. */
export const whenEvent = async (hub: Pick<TestHub, 'call'>, query: Readonly<Record<string, string>>) => {
  const path = `/v1/events?${new URLSearchParams({ after: '0', limit: '1', ...query })}`;
  let event: Answer['body'];
  await eventually(async () => {
    event = (await hub.call('GET', path)).body.items[0];
    return event !== undefined;
  });
  return event;
};
