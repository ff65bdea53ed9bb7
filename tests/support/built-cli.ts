import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildInto } from './broker-process.js';

let built: Promise<string> | undefined;

/** The `granger` of this source, built once for all tests of a process. @returns a folder to put on the PATH */
export const buildGranger = (): Promise<string> => {
  built ??= build();
  return built;
};

const build = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'granger-built-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dist = dirname(await buildInto(folder));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const program = join(bin, 'granger');
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${join(dist, 'cli', 'main.js')}" "$@"\n`);
  await chmod(program, 0o755);
  return bin;
};
