import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openDashboard } from '../support/browser.js';
import { shareHub } from '../support/shared-hub.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

const MANY = 10_000;

/** Dead letters of a module of its own. */
async function bury(hub: TestHub, module: string, count: number): Promise<string[]> {
  await hub.call('PUT', `/v1/modules/${module}`, {});
  const messages = Array.from({ length: count }, (_, index) => ({
    from: module,
    to: module,
    type: 'job',
    payload: { number: index },
    maxAttempts: 1,
  }));
  await hub.call('POST', '/v1/messages', messages);
  const { items } = (await hub.call('POST', `/v1/modules/${module}/claim`, { max: count })).body;
  const fail = items.map((item: { delivery: { id: string; lease: string } }) => ({
    ...onlyHolding(item.delivery),
    error: { code: 'broken', message: 'It broke.' },
  }));
  await hub.call('POST', '/v1/deliveries/batch', { fail });
  return fail.map(({ id }: { id: string }) => id);
}

const onlyHolding = ({ id, lease }: { id: string; lease: string }) => ({ id, lease });
const states = async (hub: TestHub, module: string) => {
  const { pending, dead } = (await hub.call('GET', `/v1/modules/${module}/health`)).body;
  return { pending, dead };
};

const shared = await shareHub();

test('a dead letter is redriven with its button, others with those that are selected', async (t) => {
  const ids = await bury(shared, 'Digger', 4);
  const { page, problems } = await openDashboard(t, shared, { address: '#/dead-letters?module=Digger' });
  const rowOf = (id: string) => page.getByRole('row').filter({ has: page.getByText(id, { exact: true }) });
  await rowOf(ids[0]!).getByRole('button', { name: 'Redrive' }).click();
  await page.getByText('1 dead letter redriven.').waitFor();
  await rowOf(ids[0]!).waitFor({ state: 'detached' });
  for (const id of ids.slice(1, 3)) await page.getByLabel(`Select ${id}`).check();
  await page.getByRole('button', { name: 'Redrive 2' }).click();
  await rowOf(ids[1]!).waitFor({ state: 'detached' });
  assert.deepEqual(await states(shared, 'Digger'), { pending: 3, dead: 1 });
  await page.getByRole('button', { name: 'Redrive all that fit' }).click();
  await page.getByText('There are no dead letters that fit.').waitFor();
  assert.deepEqual(await states(shared, 'Digger'), { pending: 4, dead: 0 });
  assert.deepEqual(problems, []);
});

test('what is wrong stands on the first screen, and can be mended there', async (t) => {
  const hub = await startTestHub(t);
  const { page } = await openDashboard(t, hub);
  await page.getByText('Nothing needs you.').waitFor();
  await bury(hub, 'Breaker', 3);
  const line = page.getByRole('listitem').filter({ hasText: '3 dead letters of job for Breaker' });
  await line.getByRole('button', { name: 'Redrive' }).click();
  await page.getByText('Nothing needs you.').waitFor();
  assert.deepEqual(await states(hub, 'Breaker'), { pending: 3, dead: 0 });
});

test('everything is done with the keys alone', async (t) => {
  const ids = await bury(shared, 'Keys', 2);
  const { page } = await openDashboard(t, shared);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
  await press('g', 'd');
  await page.waitForURL('**/#/dead-letters');
  await page.getByPlaceholder('Module').waitFor();
  await press('/');
  await page.keyboard.type('Keys');
  await page.waitForURL('**/#/dead-letters?module=Keys');
  await page.getByText(ids[1]!, { exact: true }).waitFor();
  await press('Escape', 'j', 'j', 'k');
  const focused = () => page.evaluate('document.activeElement.innerText') as Promise<string>;
  assert.match(await focused(), new RegExp(ids[1]!));
  await press('j', 'x');
  await page.getByRole('button', { name: 'Redrive 1' }).waitFor();
  await press('Enter');
  await page.getByRole('region', { name: ids[0]! }).waitFor();
  await press('r');
  await page.getByText('1 dead letter redriven.').waitFor();
  assert.deepEqual(await states(shared, 'Keys'), { pending: 1, dead: 1 });
});

test('ten thousand messages are a page of a few rows, and its end can be reached', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Worker', {});
  for (let sent = 0; sent < MANY; sent += 1000) {
    const messages = Array.from({ length: 1000 }, (_, index) => ({
      from: 'Worker',
      to: 'Worker',
      type: 'job',
      payload: sent + index,
    }));
    assert.equal((await hub.call('POST', '/v1/messages', messages)).status, 200);
  }
  const { page, problems } = await openDashboard(t, hub, { address: '#/messages' });
  const rows = page.getByRole('table', { name: 'Messages' }).locator('[data-row]');
  await rows.first().waitFor();
  const loaded = () => page.getByRole('table', { name: 'Messages' }).getAttribute('aria-rowcount');
  while (Number(await loaded()) < MANY + 1) {
    const before = await loaded();
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await page.locator(`[aria-rowcount]:not([aria-rowcount="${before}"])`).waitFor();
  }
  assert.ok((await rows.count()) < 100, `${await rows.count()} rows`);
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  await page.getByText('msg_1', { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});

const addresses = [
  '',
  'queues',
  'modules',
  'modules/Wide',
  'modules/Wide?tab=descriptor',
  'messages',
  'turns',
  'conversations',
  'tasks',
  'instances',
  'events',
  'dead-letters',
  'nowhere',
];

/** Elements that a person could not use without seeing or pointing: of no name, or wider than the screen. */
const faultsOf = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const nameOf = (element) =>
      element.getAttribute('aria-label') || element.textContent.trim() || [...(element.labels ?? [])].map((label) => label.textContent).join('');
    const usable = document.querySelectorAll('button, a[href], input:not([aria-hidden]), select');
    const nameless = [...usable].filter((element) => !nameOf(element)).map((element) => element.outerHTML);
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...nameless, scrollWidth + ' wide'] : nameless;
  })()`);

async function visitAll(t: TestContext, options: object): Promise<void> {
  await shared.call('PUT', '/v1/modules/Wide', {
    description: 'A description of some length, so that it must be cut or wrapped. '.repeat(4),
    capabilities: ['one', 'two', 'three'],
  });
  await bury(shared, 'Wide', 1);
  const { page, problems } = await openDashboard(t, shared, options);
  for (const address of addresses) {
    await page.goto(`${shared.url}/#/${address}`);
    await page.locator('main :is(h1, h2, .empty)').first().waitFor();
    assert.deepEqual(await faultsOf(page), [], address);
  }
  assert.deepEqual(problems, []);
}

test('every page fits a phone, and everything on it has a name', (t) => visitAll(t, { width: 375, height: 760 }));
test('every page fits a desk in the dark', (t) => visitAll(t, { width: 1440, height: 900, colorScheme: 'dark' }));

test('the colours can be switched, and stay switched', async (t) => {
  const { page } = await openDashboard(t, shared);
  const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();
  await page.getByRole('button', { name: /^Colours: system/ }).click();
  await page.getByRole('button', { name: /^Colours: light/ }).click();
  assert.notEqual(await background(), light);
  const dark = await background();
  await page.reload();
  await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  assert.equal(await background(), dark);
});

test('all that a browser loads is under 60 KB', async (t) => {
  const { page } = await openDashboard(t, shared);
  const sizes =
    (await page.evaluate(`[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(({ name }) => name.endsWith('/') || name.includes('/dashboard/'))
    .map(({ name, encodedBodySize }) => [name, encodedBodySize])`)) as [string, number][];
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.equal(sizes.length, 5, JSON.stringify(sizes));
  assert.ok(total < 60_000, `${total} bytes: ${JSON.stringify(sizes)}`);
});
