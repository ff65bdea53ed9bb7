import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.js';
import { type Hub, startHub } from '../../src/hub.js';
import type { Clock } from '../../src/lib/clock.js';
import { databaseUrlFor, releaseDatabase } from './database-url.js';
import { eventProblems } from './event-problems.js';
import { makeTemporaryFolder } from './temporary-folder.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface TestHub {
  readonly hub: Hub;
  readonly url: string;
  readonly key: string;
  readonly folder: string;
  /** Lines that the hub logged at level error or above. */
  readonly errors: readonly string[];
  /** A request with the admin key; an object body goes as JSON, a string as it is. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface TestHubOptions {
  /** Kept when the hub stops, where given: to start another one on it. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;

  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

export const makeFolder = async (t: TestContext): Promise<string> => {
  const folder = await makeTemporaryFolder(t);
  t.after(() => releaseDatabase(folder));
  return folder;
};

/** A real hub on a free port and a folder of its own, stopped with the test. */
export const startTestHub = async (t: TestContext, options: TestHubOptions = {}): Promise<TestHub> => {
  const folder = options.folder ?? (await makeFolder(t));
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const databaseUrl = await databaseUrlFor(folder);
  const config = loadConfig({
    GRANGER_DATA: folder,
    ...(databaseUrl === undefined ? {} : { GRANGER_DATABASE_URL: databaseUrl }),
    GRANGER_PORT: '0',
    GRANGER_DRAIN_SECONDS: '5',
    ...options.settings,
  });
  const hub = await startHub(config, { logger, ...(options.clock === undefined ? {} : { clock: options.clock }) });
  let isStopped = false;
  const stop = (): Promise<void> => {
    isStopped = true;
    return hub.stop();
  };
  t.after(async () => {
    const problems = isStopped ? [] : await eventProblems(hub);
    await stop();
    assert.deepEqual(problems, [], 'events that do not fit their table');
  });
  const { key } = hub.adminKey;
  return {
    hub,
    url: hub.url,
    key,
    folder,
    errors,
    call: (method, path, body, headers) => request(`${hub.url}${path}`, { method, key, body, headers }),
    stop,
  };
};

interface RequestOptions {
  readonly method: string;
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export const request = async (url: string, { method, key, body, headers }: RequestOptions): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
};
