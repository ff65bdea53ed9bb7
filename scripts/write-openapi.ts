import { mkdir, writeFile } from 'node:fs/promises';
import { fileText } from './json-differences.js';
import { currentOpenApi, openApiFile } from './openapi-file.js';

// `npm run openapi`

await mkdir(new URL('.', openApiFile), { recursive: true });
await writeFile(openApiFile, fileText(await currentOpenApi()));
