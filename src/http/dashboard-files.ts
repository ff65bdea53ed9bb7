import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { joinModules } from './dashboard-script.js';

/** A file as a browser is sent it. */
export interface DashboardFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly zipped: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
const ownFolder = fileURLToPath(new URL('../dashboard/', import.meta.url));
const preact = 'vendor/preact.js';
const served = ['index.html', 'style.css', 'theme.js', 'app.js', preact];
const zip = promisify(gzip);

/** The files of the dashboard by name, `app.js`; only these can be asked for. They are read once, and again when they have changed. */
export class DashboardFiles {
  readonly #loaded = new Map<string, Promise<DashboardFile>>();
  #changedAt = 0;

  /** All that a browser loads. */
  readonly names: readonly string[] = served;

  async find(name: string): Promise<DashboardFile | undefined> {
    if (!served.includes(name) || !existsSync(ownFolder)) return undefined;
    const changedAt = newest();
    if (changedAt !== this.#changedAt) this.#loaded.clear();
    this.#changedAt = changedAt;
    const loading = this.#loaded.get(name) ?? load(name);
    this.#loaded.set(name, loading);
    return await loading;
  }
}

const newest = (): number => {
  const names = readdirSync(ownFolder, { recursive: true }) as string[];
  return Math.max(...names.map((name) => statSync(join(ownFolder, name)).mtimeMs));
};

/** The pages' own code is joined; the library comes from its package, as it was published. */
const textOf = (name: string): string => {
  if (name === preact) return readFileSync(fileURLToPath(import.meta.resolve('htm/preact/standalone')), 'utf8');
  const readOwn = (own: string): string => readFileSync(join(ownFolder, own), 'utf8');
  return name === 'app.js' ? joinModules(name, (own) => (own === preact ? undefined : readOwn(own))) : readOwn(name);
};

const load = async (name: string): Promise<DashboardFile> => {
  const body = Buffer.from(textOf(name));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: types[extname(name)] ?? '', etag, body, zipped: await zip(body, { level: 9 }) };
};
