import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hubProgram } from './compiled-hub.js';
import { makeFolder } from './test-hub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** A folder whose `node_modules` has this package as npm would pack and install it, and its dependencies. */
export async function installPacked(t: TestContext): Promise<string> {
  const built = await makeFolder(t);
  await cp(dirname(await hubProgram()), join(built, 'dist'), { recursive: true });
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'openapi'])
    await cp(join(root, name), join(built, name), { recursive: true });
  const folder = await makeFolder(t);
  const installed = join(folder, 'node_modules', 'granger-hub');
  await mkdir(installed, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', folder], { cwd: built });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'));
  return folder;
}
