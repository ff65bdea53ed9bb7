import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll } from './after-all.js';
import type { TestHub } from './test-hub.js';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser that is there is never downloaded, and one that is missing is never passed over. */
const findChromium = (): string => {
  const found = [process.env.GRANGER_TEST_CHROMIUM, ...places].find((place) => place && existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    `The dashboard's tests need Chromium: there is none at ${places.join(', ')}. Install it (apt-get install chromium), or name it with GRANGER_TEST_CHROMIUM.`,
  );
};

let launching: Promise<Browser> | undefined;

/** One browser for all tests of a process; it ends after the last of them. */
const launched = (): Promise<Browser> => {
  launching ??= chromium.launch({
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return launching;
};

afterAll(async () => {
  await (await launching?.catch(() => undefined))?.close();
});

export interface Opened {
  readonly page: Page;
  /** What a developer would see in red: errors on the console, and those that nobody caught. */
  readonly problems: readonly string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page in a profile of its own, which goes with the test. */
export const openPage = async (t: TestContext, options: PageOptions = {}): Promise<Opened> => {
  const { width = 1280, height = 800, colorScheme = 'light' } = options;
  const context = await (await launched()).newContext({ viewport: { width, height }, colorScheme });
  t.after(() => context.close());
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  return { page, problems };
};

/** The same, logged in with the key through the form, on the page that the address names. */
export const openDashboard = async (
  t: TestContext,
  hub: Pick<TestHub, 'url' | 'key'>,
  { address = '', ...options }: PageOptions & { readonly address?: string } = {},
): Promise<Opened> => {
  const opened = await openPage(t, options);
  await opened.page.goto(`${hub.url}/${address}`);
  await opened.page.getByLabel('Key', { exact: true }).fill(hub.key);
  await opened.page.getByRole('button', { name: 'Log in' }).click();
  await opened.page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  return opened;
};
