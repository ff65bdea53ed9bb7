import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanImports } from './import-scan.js';

export interface SourceImport {
  /** A path below src, as `lib/clock.ts`; undefined when a package is imported. */
  readonly file: string | undefined;
  /** The package, as `@fastify/websocket` or `node:fs`; undefined when a file is imported. */
  readonly package: string | undefined;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Below src, as `messages/message-store.ts`. */
  readonly path: string;
  /** The first folder of the path; empty for the files of src itself. */
  readonly folder: string;
  readonly name: string;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

/** Every TypeScript file of src, sorted by its path. */
export function readSourceTree(): SourceFile[] {
  const root = fileURLToPath(new URL('../../src', import.meta.url));
  const paths = (readdirSync(root, { recursive: true }) as string[]).filter((path) => path.endsWith('.ts')).sort();
  return paths.map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

export const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

function sourceFile(path: string, text: string): SourceFile {
  const imports = scanImports(text).map(({ specifier, isTypeOnly }) => ({ ...resolved(path, specifier), isTypeOnly }));
  return { path, folder: folderOf(path), name: posix.basename(path), text, imports };
}

function resolved(path: string, specifier: string): Pick<SourceImport, 'file' | 'package'> {
  if (specifier.startsWith('.')) {
    const file = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
    return { file, package: undefined };
  }
  return { file: undefined, package: packageName(specifier) };
}

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
