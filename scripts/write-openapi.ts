import { mkdir, writeFile } from 'node:fs/promises';
import { fileText } from './json-differences.js';
import { keptDocuments, keptTexts } from './openapi-file.js';

// `npm run openapi`

for (const { file, current } of keptDocuments) {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, fileText(await current()));
}
for (const { file, current } of keptTexts) {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, current());
}
