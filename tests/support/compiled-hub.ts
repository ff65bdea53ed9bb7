import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyDashboard } from '../../scripts/copy-dashboard.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** Compiles the hub into an empty folder, which is then as a clone after `npm ci` and `npm run build`, with `granger` in its `bin`. */
export const compileHub = async (folder: string): Promise<void> => {
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist'), '--noCheck'];
  await promisify(execFile)(process.execPath, [tsc, ...options]);
  copyDashboard(join(folder, 'dist'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'bin'));
  const program = join(folder, 'bin', 'granger');
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${join(folder, 'dist/cli/main.js')}" "$@"\n`);
  await chmod(program, 0o755);
};

let compiled: Promise<string> | undefined;

/** A folder with the compiled hub, which starts in half of the time that `tsx` takes: `npm test` has made one, else it is made once. */
const compiledHub = (): Promise<string> => {
  compiled ??=
    process.env.GRANGER_TEST_COMPILED === undefined
      ? compileOnce()
      : Promise.resolve(process.env.GRANGER_TEST_COMPILED);
  return compiled;
};

const compileOnce = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'granger-compiled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await compileHub(folder);
  return folder;
};

/** The program of the hub. */
export const hubProgram = async (): Promise<string> => join(await compiledHub(), 'dist/main.js');

/** A folder to put on the PATH, with `granger` in it. */
export const grangerFolder = async (): Promise<string> => join(await compiledHub(), 'bin');

/** Makes another folder like the one that it is in. */
export const linkCompiledHub = async (folder: string): Promise<void> => {
  for (const name of ['dist', 'node_modules', 'package.json'])
    await symlink(join(await compiledHub(), name), join(folder, name));
};
