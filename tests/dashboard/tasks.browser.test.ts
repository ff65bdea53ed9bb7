import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDashboard } from '../support/browser.js';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Worker', {});

test('a task and its parts move while they are looked at, and it can be cancelled', async (t) => {
  const make = async (task: object): Promise<string> => (await hub.call('POST', '/v1/tasks', task)).body.id;
  const parent = await make({ title: 'Move the archive' });
  const copy = await make({ title: 'Copy the files', parentId: parent, total: 120 });
  const check = await make({ title: 'Check the sums', parentId: parent, dependsOn: [copy] });
  const { page, problems } = await openDashboard(t, hub, { address: '#/tasks' });
  await page.getByRole('row').filter({ hasText: 'Move the archive' }).getByRole('link').first().click();
  const bar = (name: string) => page.getByRole('progressbar', { name });
  await page.locator('.node').filter({ hasText: 'Check the sums' }).getByText('blocked').waitFor();
  await hub.call('POST', `/v1/tasks/${copy}/claim`, { module: 'Worker' });
  await hub.call('PATCH', `/v1/tasks/${copy}`, { done: 60, note: 'Half of it' });
  await page.locator('.node').filter({ hasText: 'Half of it' }).getByText('60 / 120').waitFor();
  assert.equal(await bar('Move the archive').getAttribute('aria-valuenow'), '25');
  await hub.call('POST', `/v1/tasks/${parent}/log`, { level: 'warn', message: 'The disk is slow' });
  await page.getByText('The disk is slow').waitFor();
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await page.locator('.title').getByText('cancelled').waitFor();
  assert.equal((await hub.call('GET', `/v1/tasks/${check}`)).body.state !== 'completed', true);
  assert.deepEqual(problems, []);
});
