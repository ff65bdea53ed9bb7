import { pathToFileURL } from 'node:url';

/**
 * A program that loads test files one after the other. No test begins before all are loaded: Node's runner takes a moment in which no test
 * is left for the end, and runs the `after` hooks that it knows by then, so that a hub that the next file was just starting would never be
 * stopped. A file that cannot be loaded is a failed test, and holds up none of the others.
 */
export const batchProgram = (files: readonly string[], database: 'sqlite' | 'postgres'): string => `
import { before, test } from 'node:test';
process.env.GRANGER_TEST_DATABASE = '${database}';
let begin;
const loaded = new Promise((resolve) => { begin = resolve; });
before(() => loaded);
for (const file of ${JSON.stringify(files.map((file) => pathToFileURL(file).href))})
  await import(file).catch((error) => void test(\`\${file} is loaded\`, () => { throw error; }));
begin();
`;
