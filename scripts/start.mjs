import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDashboard } from './copy-dashboard.mjs';

// `npm start`: builds where dist/ is missing or old, then is the hub: one process, so that signals and the exit code need no relay.

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist', 'main.js');

const isOld = () => !existsSync(program) || newestInput() > statSync(program).mtimeMs;

const newestInput = () => Math.max(...inputs().map((file) => statSync(file).mtimeMs));

const inputs = () => {
  const settings = readdirSync(root).filter((name) => name === 'package.json' || /^tsconfig.*\.json$/.test(name));
  const sources = existsSync(join(root, 'src')) ? readdirSync(join(root, 'src'), { recursive: true }) : [];
  return [...settings.map((name) => join(root, name)), ...sources.map((name) => join(root, 'src', name))];
};

/** The path of tsc; undefined in an installation without devDependencies. */
const findCompiler = () => {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  } catch {
    return undefined;
  }
};

/** Dated at its start, so that a file saved during the build makes the next start build again. */
const build = (compiler) => {
  const startedAt = new Date();
  const options = ['-p', join(root, 'tsconfig.build.json'), '--noEmitOnError'];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  copyDashboard(join(root, 'dist'));
  utimesSync(program, startedAt, startedAt);
};

if (isOld()) {
  const compiler = findCompiler();
  if (compiler !== undefined) build(compiler);
  else if (!existsSync(program)) {
    console.error(
      'There is no dist/main.js and no compiler to make it: run `npm ci` with the devDependencies, then `npm start`.',
    );
    process.exit(1);
  }
}

/** Ctrl-C comes twice, from the terminal and from npm, and a second signal would end the hub at once: within a second it is the same one. */
const takeRepeatsAsOne = () => {
  const lastAt = new Map();
  const isRepeat = (signal) => {
    const before = lastAt.get(signal) ?? -Infinity;
    lastAt.set(signal, performance.now());
    return performance.now() - before < 1000;
  };
  const { emit } = process;
  process.emit = (name, ...values) => {
    if ((name === 'SIGINT' || name === 'SIGTERM') && isRepeat(name)) return true;
    return emit.call(process, name, ...values);
  };
};

takeRepeatsAsOne();
process.argv[1] = program;
await import('../dist/main.js');
