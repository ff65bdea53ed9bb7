import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDashboard, openPage } from '../support/browser.js';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();

test('who has no key sees the login, and no error on the console', async (t) => {
  const { page, problems } = await openPage(t);
  await page.goto(hub.url);
  await page.getByLabel('Key', { exact: true }).waitFor();
  assert.equal(await page.evaluate('document.activeElement.name'), 'key');
  assert.equal(await page.title(), 'Granger Hub');
  assert.deepEqual(problems, []);
});

test('a wrong key is told, and a right one opens the first screen', async (t) => {
  const { page } = await openPage(t);
  await page.goto(hub.url);
  await page.getByLabel('Key', { exact: true }).fill('grk_of-another-hub');
  await page.getByLabel('Key', { exact: true }).press('Enter');
  await page.getByRole('alert').filter({ hasText: 'not known' }).waitFor();
  await page.getByLabel('Key', { exact: true }).fill(hub.key);
  await page.getByLabel('Key', { exact: true }).press('Enter');
  await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  await page.getByText('Nothing needs you.').waitFor();
});

test('the login outlives a reload, no script can read it, and the logout ends it', async (t) => {
  const { page, problems } = await openDashboard(t, hub);
  assert.equal(await page.evaluate('document.cookie'), '');
  assert.ok(!((await page.evaluate('JSON.stringify(localStorage)')) as string).includes(hub.key));
  await page.reload();
  await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Key', { exact: true }).waitFor();
  await page.reload();
  await page.getByLabel('Key', { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});

test('a key that is revoked closes the dashboard at once', async (t) => {
  const key = await createKey(hub, { scope: 'observer' });
  const { page } = await openDashboard(t, { ...hub, key: key.key });
  await hub.call('DELETE', `/v1/keys/${key.id}`);
  await page.getByLabel('Key', { exact: true }).waitFor();
});

test('who may only read is offered nothing else', async (t) => {
  await hub.call('PUT', '/v1/modules/Worker', {});
  const sent = await hub.call('POST', '/v1/messages', { from: 'Worker', to: 'Worker', maxAttempts: 1 });
  const { delivery } = (await hub.call('POST', '/v1/modules/Worker/claim', {})).body.items[0];
  await hub.call('POST', `/v1/deliveries/${delivery.id}/fail`, {
    lease: delivery.lease,
    error: { code: 'x', message: 'It broke.' },
  });
  const observer = await createKey(hub, { scope: 'observer' });
  const { page } = await openDashboard(t, { ...hub, key: observer.key });
  await page.getByText('1 dead letter').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Redrive' }).count(), 0);
  await page.goto(`${hub.url}/#/messages/${sent.body.id}`);
  await page.getByText('It became a dead letter').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Redrive' }).count(), 0);
});

test('a page that the hub did not make may run no script in it', async (t) => {
  const { page, problems } = await openPage(t);
  await page.goto(hub.url);
  await page.getByLabel('Key', { exact: true }).waitFor();
  await page.evaluate(`(() => {
    const script = document.createElement('script');
    script.textContent = 'window.isBroken = true';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<img src="https://elsewhere.example/x.png">');
  })()`);
  assert.equal(await page.evaluate('window.isBroken'), undefined);
  assert.ok(
    problems.every((problem) => problem.includes('Content Security Policy')),
    problems.join('\n'),
  );
});

test('the description of the API opens for who is logged in, and what is tried there is answered by this hub', async (t) => {
  const { page, problems } = await openDashboard(t, hub);
  await page.getByRole('link', { name: 'API' }).click();
  await page.getByRole('heading', { name: /Granger Hub/ }).waitFor();
  const operation = page.locator('.opblock', { hasText: '/v1/stats' }).first();
  await operation.getByRole('button').first().click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.getByText(`${hub.url}/v1/stats`).first().waitFor();
  await operation.locator('.live-responses-table').getByText('200').first().waitFor();
  assert.deepEqual(problems, []);
});
