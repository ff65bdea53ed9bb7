import { readServerSentEvents } from '../../src/client/server-sent-events.js';
import type { Answer, TestHub } from './test-hub.js';

/** The first event that fits the query of `/v1/events`, from the beginning on, as soon as it is there. */
export const whenEvent = async (
  { url, key }: Pick<TestHub, 'url' | 'key'>,
  query: Readonly<Record<string, string>>,
): Promise<Answer['body']> => {
  // To ask again and again would take the time of the agents that it waits for.
  const reading = new AbortController();
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  const address = `${url}/v1/events?${new URLSearchParams({ after: '0', ...query })}`;
  const { body, status } = await fetch(address, { headers, signal: reading.signal });
  if (body === null || status !== 200) throw new Error(`${address} is answered with ${status}.`);
  try {
    for await (const { data } of readServerSentEvents(body)) return JSON.parse(data);
  } finally {
    reading.abort();
  }
  throw new Error(`The stream of ${address} ended before the event came.`);
};
