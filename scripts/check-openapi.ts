import { readFile } from 'node:fs/promises';
import { jsonDifferences } from './json-differences.js';
import { type KeptDocument, keptDocuments, keptTexts } from './openapi-file.js';

// `npm run openapi:check`: the documents in the repository are those that the code gives.

const NAMED_DIFFERENCES = 10;

const check = async ({ name, file, current }: KeptDocument): Promise<void> => {
  const kept: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'));
  const differences = jsonDifferences(kept, await current());
  if (differences.length === 0) return;
  const named = differences.slice(0, NAMED_DIFFERENCES).map((pointer) => `  ${pointer || '(the whole document)'}`);
  const rest = differences.length - named.length;
  console.error([`${name} is not what the code says. It differs at`, ...named].join('\n'));
  if (rest > 0) console.error(`  and ${rest} more`);
  process.exitCode = 1;
};

for (const each of keptDocuments) await check(each);
for (const { name, file, current } of keptTexts) {
  if ((await readFile(file, 'utf8').catch(() => '')) === current()) continue;
  console.error(`${name} is not what the code says.`);
  process.exitCode = 1;
}
if (process.exitCode === 1) console.error('Run `npm run openapi` and commit the files.');
