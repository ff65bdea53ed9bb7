import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errorMessage, HubError, isHubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import type { Logger } from '../lib/logger.js';
import { lineOfPointer, parseDescriptorText } from './descriptor-file.js';
import { Descriptor } from './module-schema.js';
import type { ModuleService } from './module-service.js';

const extensions = new Set(['.yaml', '.yml', '.json']);
const SETTLE_MS = 50;
const problemsOf = bodyValidator(Descriptor);

export interface ModuleFolderParts {
  readonly folder: string;
  readonly modules: ModuleService;
  readonly logger: Logger;
}

export interface LoadReport {
  readonly loaded: readonly string[];
  /** `file:line: reason`, for each file that was refused. */
  readonly refused: readonly string[];
}

/** A folder of descriptors, loaded at start and whenever one changes. A bad file is named and does no harm; a deleted one changes nothing. */
export class ModuleFolder {
  readonly #parts: ModuleFolderParts;
  /** What was last seen of each file, so that only changed ones are taken. */
  readonly #seen = new Map<string, string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #loading: Promise<unknown> = Promise.resolve();

  constructor(parts: ModuleFolderParts) {
    this.#parts = parts;
  }

  async start(): Promise<LoadReport> {
    const report = await this.load();
    this.#watcher = watch(this.#parts.folder, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#loading = this.#loading
          .then(() => this.load())
          .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'the modules folder could not be read'));
      }, SETTLE_MS);
    });
    this.#watcher.on('error', (error) =>
      this.#parts.logger.error({ err: error }, 'the modules folder is not watched any more'),
    );
    return report;
  }

  /** Takes every file that is new or has changed, and forgets those that are gone. */
  async load(): Promise<LoadReport> {
    const loaded: string[] = [];
    const refused: string[] = [];
    const files = (await readdir(this.#parts.folder)).filter((file) => extensions.has(extname(file))).sort();
    for (const file of this.#seen.keys()) if (!files.includes(file)) this.#seen.delete(file);
    for (const file of files) {
      const { text, error } = await this.#read(file);
      if (this.#seen.get(file) === text) continue;
      this.#seen.set(file, text);
      try {
        if (error !== undefined) throw error;
        loaded.push(await this.#take(text));
      } catch (error) {
        const reason = `${file}${placeOf(error, text)}: ${errorMessage(error)}`;
        refused.push(reason);
        this.#parts.logger.warn({ file }, `descriptor refused: ${reason}`);
        await this.#parts.modules.rejectFile(file, reason);
      }
    }
    return { loaded, refused };
  }

  async stop(): Promise<void> {
    this.#watcher?.close();
    clearTimeout(this.#timer);
    await this.#loading;
  }

  /** What stands in the place of a text that cannot be read is why, so that it is told once. */
  async #read(file: string): Promise<{ text: string; error?: unknown }> {
    try {
      return { text: await readFile(join(this.#parts.folder, file), 'utf8') };
    } catch (error) {
      return { text: errorMessage(error), error };
    }
  }

  async #take(text: string): Promise<string> {
    const value = parseDescriptorText(text);
    const errors = problemsOf(value);
    if (errors.length > 0)
      throw new HubError(
        'invalid_request',
        errors.map(({ pointer, message }) => `${pointer || 'the descriptor'} ${message}`).join('; '),
        { errors },
      );
    const descriptor = value as Descriptor;
    if (descriptor.name === undefined) {
      throw new HubError('invalid_request', 'the descriptor has no name', {
        errors: [{ pointer: '/name', message: 'is required' }],
      });
    }
    const { outcome } = await this.#parts.modules.register(descriptor.name, descriptor, { source: 'folder' });
    if (outcome !== 'unchanged')
      this.#parts.logger.info({ module: descriptor.name }, `module ${outcome} from its file`);
    return descriptor.name;
  }
}

/** `:line` of what is wrong; a syntax error names its own. */
const placeOf = (error: unknown, text: string): string => {
  const pointer = isHubError(error) ? error.errors?.[0]?.pointer : undefined;
  return pointer === undefined ? '' : `:${lineOfPointer(text, pointer)}`;
};
