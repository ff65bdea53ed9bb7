import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { type Config, loadConfig, settingNames } from '../src/config.js';
import { readSourceTree } from './support/source-tree.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const manifest: Manifest = JSON.parse(read('package.json'));
const lock: { packages: Record<string, Manifest> } = JSON.parse(read('package-lock.json'));

const settingsOf = (environment: NodeJS.Dict<string>): Partial<Config> => {
  const { environment: _, ...settings } = loadConfig(environment);
  return settings;
};

test('the package asks for Node 20.19 or newer', () => {
  assert.equal(manifest.engines.node, '>=20.19');
});

test('every dependency is an exact version', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  );
});

test('every package that the hub imports is a dependency of its own', () => {
  const imports = readSourceTree().flatMap(({ path, imports }) => imports.map((imported) => ({ path, ...imported })));
  const missing = imports.filter(({ package: name, isTypeOnly }) => {
    if (name === undefined || name.startsWith('node:')) return false;
    return !(name in manifest.dependencies) && !(isTypeOnly && name in manifest.devDependencies);
  });
  assert.deepEqual(
    missing.map(({ path, package: name }) => `${path} -> ${name}`),
    [],
  );
});

test('the lock file is of this package and names no registry', () => {
  const { version, engines, dependencies, devDependencies } = manifest;
  const locked = lock.packages[''];
  assert.deepEqual(
    {
      version: locked?.version,
      engines: locked?.engines,
      dependencies: locked?.dependencies,
      devDependencies: locked?.devDependencies,
    },
    { version, engines, dependencies, devDependencies },
  );
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});

test('.env.example names every setting, and no other', () => {
  assert.deepEqual(Object.keys(parseEnv(read('.env.example'))).sort(), [...settingNames].sort());
});

test('.env.example used as it stands changes nothing', () => {
  assert.deepEqual(settingsOf(parseEnv(read('.env.example'))), settingsOf({}));
});

test('.env.example says why of every setting', () => {
  const bare = read('.env.example').matchAll(/(?<!^#.*\n)^(GRANGER_\w+)=/gm);
  assert.deepEqual(
    Array.from(bare, ([, name]) => name),
    [],
  );
});

test('the README names both command lines', () => {
  const readme = read('README.md');
  for (const line of ['npm ci && npm run demo', 'npm ci && npm test']) assert.ok(readme.includes(line), line);
});

test('the container runs without root, keeps its data in a volume and is stopped by a signal to the hub itself', () => {
  const dockerfile = read('Dockerfile');
  assert.match(dockerfile, /^USER (?!root)\w+/m);
  assert.match(dockerfile, /^VOLUME \/data$/m);
  assert.match(dockerfile, /^CMD \["node", "dist\/main\.js"\]$/m);
});
