import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = 'examples/producer-processor';

const environmentOf = (hub: TestHub): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  PYTHONPATH: 'clients/python',
  PYTHONDONTWRITEBYTECODE: '1',
  GRANGER_URL: hub.url,
  GRANGER_KEY: hub.key,
});

/** Started as its own group, so that what it has started ends with it. */
const startProcessor = (t: TestContext, hub: TestHub, [command, ...args]: Command): void => {
  const child: ChildProcess = spawn(command, args, {
    cwd: root,
    env: environmentOf(hub),
    stdio: 'ignore',
    detached: true,
  });
  // It may end by itself when its hub does.
  const ended = once(child, 'exit');
  t.after(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
  });
};

type Command = readonly [string, ...string[]];
const languages: Readonly<Record<string, (role: string) => Command>> = {
  Python: (role) => ['python3', `${folder}/${role}.py`],
  TypeScript: (role) => [process.execPath, '--import', 'tsx', `${folder}/${role}.ts`],
  curl: (role) => ['bash', `${folder}/${role}.sh`],
};

for (const [consumer, processor] of Object.entries(languages)) {
  for (const [sender, producer] of Object.entries(languages)) {
    test(`a producer in ${sender} gets its answer from a processor in ${consumer}`, async (t) => {
      const hub = await startTestHub(t);
      startProcessor(t, hub, processor('processor'));
      await eventually(async () => (await hub.call('GET', '/v1/modules/Processor')).status === 200);
      const [command, ...args] = producer('producer');
      const { stdout } = await promisify(execFile)(command, args, { cwd: root, env: environmentOf(hub) });
      assert.deepEqual(JSON.parse(stdout), { from: 'Processor', count: 10, sum: 45 });
    });
  }
}
