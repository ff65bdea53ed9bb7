import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../src/lib/errors.js';
import { patiently } from '../../src/lib/patience.js';

const busy = new HubError('database_busy', 'later');

test('what is refused because the database is busy is done again until it goes', async () => {
  let tries = 0;
  const work = async () => {
    if (++tries < 3) throw busy;
    return tries;
  };
  assert.equal(await patiently(60_000, work), 3);
});

test('when the time is over, and for any other error at once, it is given up', async () => {
  await assert.rejects(
    patiently(-1, () => Promise.reject(busy)),
    busy,
  );
  let tries = 0;
  const broken = new Error('broken');
  const work = () => {
    tries++;
    return Promise.reject(broken);
  };
  await assert.rejects(patiently(60_000, work), broken);
  assert.equal(tries, 1);
});
