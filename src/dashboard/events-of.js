import { matches } from './event-match.js';
import { useStore } from './hooks.js';
import { get, pathWith } from './hub-api.js';
import { useEffect, useMemo, useState } from './vendor/preact.js';

/** The log is read page by page from its beginning; how many pages at most. */
const MOST_PAGES = 200;

/**
 * All events that fit, from the log and then live.
 * @param {import('./event-match.js').EventFilter} filter @param {string | undefined} since nothing is read until this is known
 * @returns {readonly import('./shapes.js').HubEvent[]}
 */
export const useEventsOf = (filter, since) => {
  const key = JSON.stringify(filter);
  const [past, setPast] = useState(/** @type {{ key: string, events: readonly any[] }} */ ({ key: '', events: [] }));
  const live = useStore((state) => state.events);
  const resets = useStore((state) => state.resets);
  useEffect(() => {
    if (since === undefined) return undefined;
    let isCurrent = true;
    void readAll(
      filter,
      () => isCurrent,
      (events) => setPast({ key, events }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key, since === undefined, resets]);
  return useMemo(() => {
    const read = past.key === key ? past.events : [];
    const last = read.at(-1)?.seq ?? 0;
    return [...read, ...live.filter(({ seq }) => seq > last).filter(matches(filter))];
  }, [past, live, key]);
};

/** @param {import('./event-match.js').EventFilter} filter @param {() => boolean} isCurrent @param {(events: any[]) => void} found */
const readAll = async (filter, isCurrent, found) => {
  /** @type {any[]} */
  const events = [];
  /** @type {string | undefined} */
  let cursor;
  for (let page = 0; page < MOST_PAGES && isCurrent(); page++) {
    const { items, nextCursor } = await get(pathWith('/v1/events', { ...filter, limit: 1000, cursor })).catch(() => ({
      items: [],
      nextCursor: null,
    }));
    events.push(...items);
    if (isCurrent() && (items.length > 0 || nextCursor === null)) found([...events]);
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
};
