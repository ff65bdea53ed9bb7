import assert from 'node:assert/strict';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDashboard } from '../support/browser.js';
import { linkCompiledHub } from '../support/compiled-hub.js';
import { startReadmeHub } from '../support/readme-hub.js';
import { OutputReader } from '../support/readme-outputs.js';
import { runTour, stepsOf } from '../support/readme-tour.js';

/** Runs the commands of a section in the folder, and compares. */
const follow = async (t: TestContext, section: string, folder: string): Promise<void> => {
  const steps = stepsOf(section);
  const printed = await runTour(steps, { folder, signal: t.signal });
  const [ofReadme, ofHub] = [new OutputReader(), new OutputReader()];
  for (const [index, { commands, shown }] of steps.entries()) {
    const expected = ofReadme.read(shown?.text ?? '');
    const actual = ofHub.read(printed[index] ?? '');
    await t.test(`README.md:${commands.line} shows what its commands print`, () => assert.deepEqual(actual, expected));
  }
};

test('every command of the tour prints what the README shows below it', { timeout: 60_000 }, async (t) => {
  await follow(t, 'A five-minute tour', await startReadmeHub(t));
});

test('a Python module and an agent talk as the README says, and the dashboard shows it', {
  timeout: 120_000,
}, async (t) => {
  const folder = await startReadmeHub(t);
  // As in a clone of this repository after `npm ci` and `npm start`.
  await linkCompiledHub(folder);
  await symlink(fileURLToPath(new URL('../../clients', import.meta.url)), join(folder, 'clients'));
  await follow(t, 'A Python module and an agent', folder);

  const { url } = JSON.parse(await readFile(join(folder, 'data/hub.json'), 'utf8')) as { url: string };
  const key = (await readFile(join(folder, 'data/admin.key'), 'utf8')).trim();
  const { page, problems } = await openDashboard(t, { url, key }, { address: '#/conversations' });
  await page
    .getByRole('row', { name: /Analyst.*Shop/ })
    .getByRole('link')
    .click();
  await page.getByText('Which day stands out?').waitFor();
  await page.getByText('I processed the batch: count 4, sum 4495, min 80, max 4200.').waitFor();
  assert.deepEqual(problems, []);
});
