import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgentHub, startAgentHub } from '../agents/agent-hub.js';
import { openDashboard } from '../support/browser.js';

const touch = (file: string): string => `[[tool Bash {"command":"touch ${file}"}]] [[say Done.]]`;

const lastApproval = async (hub: AgentHub) => (await hub.get('/v1/approvals')).items[0];

test('what an agent asks to do stands on the first screen, and is allowed there', async (t) => {
  const hub = await startAgentHub(t);
  const { page, problems } = await openDashboard(t, hub);
  const sent = await hub.send(touch('allowed.txt'));
  const line = page.getByRole('listitem').filter({ hasText: 'Processor asks to run Bash' });
  await line.getByText('touch allowed.txt').waitFor();
  await page.locator('.turn').getByText('waiting approval').waitFor();
  await line.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Nothing needs you.').waitFor();
  await hub.when({ types: 'turn.succeeded', message: sent.id });
  assert.equal((await lastApproval(hub)).decision, 'allow');
  assert.deepEqual(problems, []);
});

test('it is denied with a key, on the page of its turn, where all of it can be read', async (t) => {
  const hub = await startAgentHub(t);
  const { page } = await openDashboard(t, hub);
  await hub.send(touch('denied.txt'));
  await page.getByText('Processor asks to run Bash').click();
  const card = page.locator('.approval').filter({ hasText: 'touch denied.txt' });
  await card.getByRole('button', { name: 'Deny' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('d');
  await card.getByText('denied', { exact: true }).waitFor();
  assert.equal((await lastApproval(hub)).decision, 'deny');
});

test('a person talks with an agent, and reads its words while they come', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say Good morning.]]');
  const { page, problems } = await openDashboard(t, hub, { address: '#/conversations' });
  await page.getByRole('row').filter({ hasText: 'Producer' }).getByRole('link').first().click();
  await page.getByText('Good morning.', { exact: true }).waitFor();
  await page.getByLabel('Message', { exact: true }).fill('[[slow 40ms x 60]]');
  await page.getByLabel('Message', { exact: true }).press('Enter');
  const speaking = page.locator('.bubble.speaking');
  await speaking.getByText('chunk 3 of 60.').waitFor();
  await page.locator('.bubble:not(.speaking)').getByText('chunk 60 of 60.').waitFor();
  await speaking.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.bubble').count(), 4);
  assert.deepEqual(problems, []);
});

test('an agent process is held, let go and ended', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say Here I am.]]');
  const { page, problems } = await openDashboard(t, hub, { address: '#/instances' });
  const row = page.getByRole('row').filter({ hasText: 'Processor' });
  await row.getByRole('button', { name: 'Pause' }).click();
  await row.getByText('paused').waitFor();
  await row.getByRole('button', { name: 'Resume' }).click();
  await row.getByText('idle').waitFor();
  await row.getByRole('link', { name: 'inst_1' }).click();
  await page.getByRole('heading', { name: 'Turns of its conversation' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('stopped', { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});
