import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPacked } from './support/packed-package.js';
import { fencesOf } from './support/readme-text.js';
import { startTestHub } from './support/test-hub.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

test('the packed package gives a typed client, and the example of the README runs with it', async (t) => {
  const folder = await installPacked(t);
  const [example, shown] = fencesOf('From TypeScript');
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'example.ts'), example?.text ?? '');
  await symlink(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--skipLibCheck', '--types', 'node'];
  const compiled = run(process.execPath, [compiler, ...options, 'example.ts'], { cwd: folder });
  await compiled.catch(({ stdout }: { stdout: string }) => assert.fail(stdout));
  const hub = await startTestHub(t);
  const env = { PATH: process.env.PATH, GRANGER_URL: hub.url, GRANGER_KEY: hub.key };
  const { stdout } = await run(process.execPath, ['example.js'], { cwd: folder, env, timeout: 60_000 });
  assert.equal(stdout, shown?.text);
});
