import { readFile } from 'node:fs/promises';
import { jsonDifferences } from './json-differences.js';
import { currentOpenApi, openApiFile } from './openapi-file.js';

// `npm run openapi:check`: the document in the repository is the one that the routes give.

const NAMED_DIFFERENCES = 10;

const kept: unknown = JSON.parse(await readFile(openApiFile, 'utf8').catch(() => 'null'));
const differences = jsonDifferences(kept, await currentOpenApi());
if (differences.length > 0) {
  const named = differences.slice(0, NAMED_DIFFERENCES).map((pointer) => `  ${pointer || '(the whole document)'}`);
  const rest = differences.length - named.length;
  console.error(['openapi/openapi.json is not what the routes say. It differs at', ...named].join('\n'));
  if (rest > 0) console.error(`  and ${rest} more`);
  console.error('Run `npm run openapi` and commit the file.');
  process.exitCode = 1;
}
