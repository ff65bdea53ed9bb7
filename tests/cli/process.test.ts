import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { grangerFolder } from '../support/compiled-hub.js';
import { runShell } from '../support/shell.js';
import { makeFolder } from '../support/test-hub.js';

test('granger serve is the hub: its settings, its words, its signals', { timeout: 120_000 }, async (t) => {
  const [bin, folder] = [await grangerFolder(), await makeFolder(t)];
  const data = join(folder, 'data');
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  const hub = spawn(join(bin, 'granger'), ['serve', '--port', '0', '--data', data], { cwd: folder, env: environment });
  t.after(() => hub.kill('SIGKILL'));
  let text = '';
  while (!text.includes('admin key')) text += (await once(hub.stdout, 'data'))[0];
  const { url, pid } = JSON.parse(await readFile(join(data, 'hub.json'), 'utf8'));
  assert.equal(pid, hub.pid, 'there is no process between');
  assert.ok(text.startsWith(`Granger Hub listens on ${url}\n`));

  await t.test('in the same folder the others find it without being told', async (t) => {
    const { code, stdout } = await runShell(t, 'granger stats -o json', { cwd: folder, environment });
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).modules, 0);
  });
  await t.test('a .env there names another data folder, as it does for the hub', async (t) => {
    const line = 'echo "GRANGER_DATA=./elsewhere" > .env; granger stats; code=$?; rm .env; exit $code';
    const { code, stderr } = await runShell(t, `set +e; ${line}`, { cwd: folder, environment });
    assert.equal(code, 7);
    assert.match(stderr, /elsewhere/);
  });
  await t.test('whoever reads enough of it may close the pipe', async (t) => {
    const lines = [
      'granger events --after 0 --follow -o jsonl | head -n 1 &',
      'while [[ -n $(jobs -r) ]]; do granger register-module A --desc - <<< "version: \'$RANDOM\'" > /dev/null; done',
      'wait $!',
    ];
    const { code, stdout, stderr } = await runShell(t, lines.join('\n'), { cwd: folder, environment });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /hub\.started/);
  });

  hub.kill('SIGINT');
  const [code] = await once(hub, 'close');
  assert.equal(code, 0);
  assert.ok(!existsSync(join(data, 'hub.json')));
});

test('wrong settings of serve end it with 2, as they end the hub', { timeout: 60_000 }, async (t) => {
  const bin = await grangerFolder();
  const options = { cwd: bin, environment: { PATH: `${bin}:${process.env.PATH}` } };
  const { code, stderr } = await runShell(t, 'granger serve --port 99999', options);
  assert.equal(code, 2);
  assert.match(stderr, /GRANGER_PORT/);
});
