import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { joinModules } from '../../src/http/dashboard-script.js';

const joined = (files: Readonly<Record<string, string>>): string => joinModules('app.js', (name) => files[name]);

/** Runs the script and gives what its entry exports. */
const run = (script: string): unknown =>
  new Function(`${script}\nreturn m${(script.match(/^const m\d+ /gm) ?? []).length - 1};`)();

test('modules that are joined do what they did alone', () => {
  const script = joined({
    'app.js':
      "import { twice } from './lib/twice.js';\nimport { limit as most } from './lib/limit.js';\nexport const answer = twice(most);\n",
    'lib/twice.js':
      "import { limit } from './limit.js';\nconst factor = 2;\nexport const twice = (value) => Math.min(factor * value, limit * 10);\n",
    'lib/limit.js': 'const factor = 7;\nexport const limit = factor * 3;\nexport class Unused {}\n',
  });
  assert.deepEqual(run(script), { answer: 42 });
});

test('what many import is there once, and what is not ours stays an import', () => {
  const script = joined({
    'app.js': "import { a } from './a.js';\nimport { html } from './vendor/x.js';\nexport const b = a;\n",
    'a.js': "import { html } from './vendor/x.js';\nexport const a = html;\n",
  });
  assert.equal(script.match(/^import \* as m\d+ from '\.\/vendor\/x\.js';$/gm)?.length, 1);
});

test('a form that it does not know is refused, and so is a cycle', () => {
  for (const line of [
    "import a from './a.js';",
    "import './a.js';",
    'export default 1;',
    "export * from './a.js';",
    'export async function f() {}',
  ])
    assert.throws(() => joined({ 'app.js': `${line}\n`, 'a.js': '' }), /cannot be joined/, line);
  const cycle = {
    'app.js': "import { a } from './a.js';\n",
    'a.js': "import { b } from './app.js';\nexport const a = 1;\n",
  };
  assert.throws(() => joined(cycle), /imports itself/);
});

test('every module of the dashboard is used, and small', () => {
  const folder = fileURLToPath(new URL('../../src/dashboard', import.meta.url));
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter(
    (name) => name.endsWith('.js') && name !== 'theme.js',
  );
  const used = new Set<string>();
  joinModules('app.js', (name) => {
    used.add(name);
    return name.startsWith('vendor/') ? undefined : readFileSync(join(folder, name), 'utf8');
  });
  assert.deepEqual(
    names.filter((name) => !used.has(name)),
    [],
  );
  const long = names.filter((name) => readFileSync(join(folder, name), 'utf8').split('\n').length > 300);
  assert.deepEqual(long, []);
});
