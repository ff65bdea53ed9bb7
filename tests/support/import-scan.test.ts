import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanImports } from './import-scan.js';

const value = (specifier: string) => ({ specifier, isTypeOnly: false });
const type = (specifier: string) => ({ specifier, isTypeOnly: true });

test('imports of values, defaults, namespaces and effects are found', () => {
  const source = `import a from 'a';\nimport * as b from 'b';\nimport { c } from "c";\nimport d, { e } from 'd';\nimport 'f';\n`;
  assert.deepEqual(scanImports(source), ['a', 'b', 'c', 'd', 'f'].map(value));
});

test('an import of types only is told apart from one that loads the file', () => {
  const source = `import type { A } from 'a';\nimport { type B, c } from 'b';\nimport { type D } from 'd';\nimport type E from 'e';\n`;
  assert.deepEqual(scanImports(source), [type('a'), value('b'), value('d'), type('e')]);
});

test('re-exports count as imports, other exports do not', () => {
  const source = `export { a } from 'a';\nexport type { B } from 'b';\nexport * from 'c';\nexport const d = 'from d';\nexport type E = 'e';\nexport { f };\n`;
  assert.deepEqual(scanImports(source), [value('a'), type('b'), value('c')]);
});

test('an import over several lines is found', () => {
  assert.deepEqual(scanImports(`import {\n  a,\n  type B,\n} from './a.js';\n`), [value('./a.js')]);
});

test('dynamic imports of a literal count, those of a computed name do not', () => {
  assert.deepEqual(scanImports(`const a = await import('./a.js');\nconst b = await import(name);\n`), [
    value('./a.js'),
  ]);
});

test('comments hold no imports', () => {
  const source = `/**\n * import a from 'a';\n */\n// import('b')\n/* import('c') */\nconst d = 1;\n`;
  assert.deepEqual(scanImports(source), []);
});

test('a file named type is imported as a value', () => {
  assert.deepEqual(scanImports(`import type from './type.js';\n`), [value('./type.js')]);
});
