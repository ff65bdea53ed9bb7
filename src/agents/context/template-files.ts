import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { errorMessage, HubError, isHubError } from '../../lib/errors.js';
import { bodyValidator } from '../../lib/json-validator.js';
import type { Logger } from '../../lib/logger.js';
import { parseDescriptorText } from '../../modules/descriptor-file.js';
import { NewTemplate } from './template-schema.js';
import type { Template } from './template-types.js';

const extensions = new Set(['.yaml', '.yml', '.json']);
const problemsOf = bodyValidator(NewTemplate);

export interface TemplateFile {
  readonly file: string;
  readonly template: Template;
}

/** The templates of a folder by their names, read once. A file that cannot be read is named in the log and does no harm. */
export const readTemplateFiles = (folder: string | undefined, logger: Logger): Map<string, TemplateFile> => {
  const templates = new Map<string, TemplateFile>();
  if (folder === undefined) return templates;
  for (const file of readdirSync(folder).sort()) {
    if (!extensions.has(extname(file))) continue;
    try {
      const template = readTemplate(readFileSync(join(folder, file), 'utf8'), file.slice(0, -extname(file).length));
      templates.set(template.name, { file, template });
    } catch (error) {
      tellRefused(logger, { file, reason: reasonOf(error) });
    }
  }
  return templates;
};

export const tellRefused = (logger: Logger, { file, reason }: { file: string; reason: string }): void =>
  logger.warn({ file }, `template refused: ${file}: ${reason}`);

/** @throws invalid_yaml, invalid_request */
const readTemplate = (text: string, fileName: string): Template => {
  const value = parseDescriptorText(text);
  const errors = problemsOf(value);
  if (errors.length > 0) throw new HubError('invalid_request', 'it is no template', { errors });
  return { name: fileName, ...(value as NewTemplate) };
};

const reasonOf = (error: unknown): string =>
  isHubError(error) && error.errors !== undefined
    ? error.errors.map(({ pointer, message }) => `${pointer || 'it'} ${message}`).join('; ')
    : errorMessage(error);
