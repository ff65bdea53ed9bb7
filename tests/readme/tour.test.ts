import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startReadmeHub } from '../support/readme-hub.js';
import { OutputReader } from '../support/readme-outputs.js';
import { runTour, tourSteps } from '../support/readme-tour.js';

test('every command of the tour prints what the README shows below it', { timeout: 60_000 }, async (t) => {
  const steps = tourSteps();
  const printed = await runTour(steps, { folder: await startReadmeHub(t), signal: t.signal });
  const [ofReadme, ofHub] = [new OutputReader(), new OutputReader()];
  for (const [index, { commands, shown }] of steps.entries()) {
    const expected = ofReadme.read(shown?.text ?? '');
    const actual = ofHub.read(printed[index] ?? '');
    await t.test(`README.md:${commands.line} shows what its commands print`, () => assert.deepEqual(actual, expected));
  }
});
