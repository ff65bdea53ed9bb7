import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAgentHub } from '../agents/agent-hub.js';
import { openDashboard } from '../support/browser.js';
import { startTestHub } from '../support/test-hub.js';

test('the words of an agent appear while it speaks, and its trace tells how it went', async (t) => {
  const hub = await startAgentHub(t);
  const { page, problems } = await openDashboard(t, hub);
  await page.getByText('No agent is at work.').waitFor();
  const sent = await hub.send('[[slow 40ms x 100]]');
  const card = page.locator('.turn', { hasText: sent.id });
  await card.getByText('chunk 5 of 100.').waitFor();
  assert.equal((await hub.get('/v1/turns?state=running')).items.length, 1);
  await card.getByText('running').waitFor();
  await card.getByRole('link', { name: sent.id }).click();
  for (const step of [
    'Producer sent it',
    'Processor claimed it',
    'Processor began a turn',
    'It speaks',
    'The turn succeeded',
    'Processor completed it',
  ])
    await page.locator('.timeline').getByText(step).waitFor();
  await page.getByText('chunk 100 of 100.').first().waitFor();
  assert.deepEqual(problems, []);
});

test('who comes in the middle of a turn sees it from its beginning', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[slow 30ms x 120]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const turn = (await hub.get('/v1/turns?state=running')).items[0];
  const { page } = await openDashboard(t, hub, { address: `#/turns/${turn.id}` });
  const words = page.locator('.said');
  await words.getByText('chunk 120 of 120.').waitFor();
  assert.match(await words.innerText(), /^chunk 1 of 120\. chunk 2 of 120\./);
});

test('after a restart of the hub the page is back by itself, with what it missed', async (t) => {
  const first = await startTestHub(t);
  await first.call('PUT', '/v1/modules/Worker', {});
  const { page } = await openDashboard(t, first, { address: '#/messages' });
  await page.getByText('No such message.').waitFor();
  await first.stop();
  await page.getByRole('status').filter({ hasText: 'Hub away' }).waitFor();
  const settings = { GRANGER_PORT: new URL(first.url).port };
  const second = await startTestHub(t, { folder: first.folder, settings });
  await second.call('POST', '/v1/messages', {
    from: 'Worker',
    to: 'Worker',
    type: 'missed',
    payload: 'while it was away',
  });
  await page.getByText('while it was away').waitFor();
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await second.call('POST', '/v1/messages', {
    from: 'Worker',
    to: 'Worker',
    type: 'seen',
    payload: 'now that it is back',
  });
  await page.getByText('now that it is back').waitFor();
});

test('another database behind the same address is seen as another one', async (t) => {
  const first = await startTestHub(t, { settings: { GRANGER_ADMIN_KEY: 'the-same-admin-key' } });
  for (const name of ['Old', 'Older']) await first.call('PUT', `/v1/modules/${name}`, {});
  const { page } = await openDashboard(t, first, { address: '#/events' });
  await page.getByText('module.registered').first().waitFor();
  await first.stop();
  await startTestHub(t, {
    settings: { GRANGER_ADMIN_KEY: 'the-same-admin-key', GRANGER_PORT: new URL(first.url).port },
  });
  // The login was in the other database.
  await page.getByLabel('Key', { exact: true }).fill('the-same-admin-key');
  await page.getByLabel('Key', { exact: true }).press('Enter');
  await page.getByText('hub.started').waitFor();
  assert.equal(await page.getByText('module.registered').count(), 0);
});
