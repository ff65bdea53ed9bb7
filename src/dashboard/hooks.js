import { get, pathWith } from './hub-api.js';
import { mergeEnd, mergeTop } from './list-pages.js';
import { parseRoute } from './router.js';
import { getState, listen } from './store.js';
import { useCallback, useEffect, useRef, useState } from './vendor/preact.js';

/** Between two readings of the same thing. */
const READ_EVERY_MS = 1000;

/** Renders again when what is picked from the store is another one. @template T @param {(state: import('./store.js').LiveState) => T} pick @returns {T} */
export const useStore = (pick) => {
  const picked = pick(getState());
  const [, setTick] = useState(0);
  const last = useRef({ pick, picked });
  last.current = { pick, picked };
  useEffect(() => {
    const look = () => {
      const { pick: pickNow, picked: shown } = last.current;
      if (!Object.is(pickNow(getState()), shown)) setTick((tick) => tick + 1);
    };
    // What changed between the first rendering and now was told to nobody.
    look();
    return listen(look);
  }, []);
  return picked;
};

/** The time, anew each second. */
export const useNow = (everyMs = 1000) => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
};

/** Does something again and again while the page is looked at. @param {() => void} work @param {number} everyMs */
export const useRepeat = (work, everyMs) =>
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && work(), everyMs);
    return () => clearInterval(timer);
  }, [work, everyMs]);

export const useRoute = () => {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const change = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
};

/** A number that rises when something happens to one of the nouns. @param {readonly string[]} nouns */
const useRevision = (nouns) =>
  useStore(({ resets, phase, revisions }) => {
    const changes = nouns.reduce((sum, noun) => sum + (revisions[noun] ?? 0), 0);
    return phase === 'live' ? `${resets}.${changes}` : 'away';
  });

/**
 * Reads, and reads again when the path changes or something happens to one of the nouns; at most once a second for the latter.
 * @param {string} key @param {readonly string[]} nouns @param {(isCurrent: () => boolean) => Promise<void>} read
 */
const useReading = (key, nouns, read) => {
  const revision = useRevision(nouns);
  const reading = useRef({ key: '', startedAt: 0, count: 0 });
  const latest = useRef(read);
  latest.current = read;
  const start = useCallback(() => {
    const count = ++reading.current.count;
    reading.current.startedAt = Date.now();
    void latest.current(() => reading.current.count === count);
  }, []);
  useEffect(() => {
    const isOther = reading.current.key !== key;
    reading.current.key = key;
    if (revision === 'away' && !isOther) return undefined;
    const waitMs = isOther ? 0 : Math.max(0, reading.current.startedAt + READ_EVERY_MS - Date.now());
    if (waitMs === 0) start();
    else {
      const timer = setTimeout(start, waitMs);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [key, revision]);
  useEffect(() => () => void reading.current.count++, []);
  return start;
};

/** @param {string | undefined} path @param {readonly string[]} [nouns] */
export const useQuery = (path, nouns = []) => {
  const [result, setResult] = useState(/** @type {{ path?: string, data?: any, error?: any }} */ ({}));
  const reload = useReading(path ?? '', nouns, async (isCurrent) => {
    if (path === undefined) return;
    try {
      const data = await get(path);
      if (isCurrent()) setResult({ path, data });
    } catch (error) {
      if (isCurrent()) setResult((last) => (last.path === path && last.data !== undefined ? last : { path, error }));
    }
  });
  const isOwn = result.path === path;
  return { data: isOwn ? result.data : undefined, error: isOwn ? result.error : undefined, reload };
};

/**
 * A list that grows at its end when asked, and is kept fresh at its top.
 * @param {string} path @param {Readonly<Record<string, string | number | undefined>>} query
 * @param {readonly string[]} nouns @param {(item: any) => string} keyOf
 */
export const useList = (path, query, nouns, keyOf) => {
  const first = pathWith(path, query);
  const [loaded, setLoaded] = useState(
    /** @type {import('./list-pages.js').Loaded & { first?: string, error?: any }} */ ({
      items: [],
      nextCursor: undefined,
    }),
  );
  const isGrowing = useRef(false);
  const reload = useReading(first, nouns, async (isCurrent) => {
    try {
      const page = await get(first);
      if (isCurrent()) setLoaded((last) => ({ first, ...(last.first === first ? mergeTop(last, page, keyOf) : page) }));
    } catch (error) {
      if (isCurrent()) setLoaded({ first, items: [], nextCursor: null, error });
    }
  });
  const more = useCallback(async () => {
    if (isGrowing.current || typeof loaded.nextCursor !== 'string') return;
    isGrowing.current = true;
    try {
      const page = await get(pathWith(path, { ...query, cursor: loaded.nextCursor }));
      setLoaded((last) =>
        last.first === first
          ? { ...last, items: mergeEnd(last.items, page.items, keyOf), nextCursor: page.nextCursor }
          : last,
      );
    } catch {
      // It is asked again when the end comes into sight again.
    } finally {
      isGrowing.current = false;
    }
  }, [first, loaded.nextCursor]);
  const isOwn = loaded.first === first;
  return {
    items: isOwn ? loaded.items : [],
    isLoading: !isOwn,
    isEnd: loaded.nextCursor === null,
    error: isOwn ? loaded.error : undefined,
    more,
    reload,
  };
};
