import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CommandProcess, type CommandProcessOptions } from '../../../src/agents/command/command-process.js';
import { TAG_VARIABLE } from '../../../src/agents/leftovers.js';
import { HeldDelivery } from '../../../src/messages/held-delivery.js';
import type { Module } from '../../../src/modules/module.js';
import { claimedDelivery } from '../../support/claimed-delivery.js';
import { uniqueTag } from '../../support/claude-cli.js';

const folder = fileURLToPath(new URL('../../fixtures/commands', import.meta.url));

/** The command line of a tiny program of the fixtures. */
export const fixture = (name: string, ...rest: string[]): string[] => [
  process.execPath,
  join(folder, `${name}.mjs`),
  ...rest,
];

export interface LoggedLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly details: { readonly module?: string; readonly stderr?: string };
}

/** A process that is stopped with the test, and what it logs. */
export const startCommand = (t: TestContext, name: string, options: Partial<CommandProcessOptions> = {}) => {
  const logged: LoggedLine[] = [];
  const tag = uniqueTag();
  const log = (level: LoggedLine['level']) => (details: object, message: string) =>
    void logged.push({ level, message, details });
  const process_ = new CommandProcess({
    module: 'Worker',
    command: fixture(name),
    cwd: folder,
    environment: { PATH: process.env.PATH, [TAG_VARIABLE]: tag },
    tag,
    timeoutSeconds: 60,
    logger: { debug() {}, info: log('info'), warn: log('warn'), error() {} },
    limits: { closeMs: 500, termMs: 500 },
    ...options,
  });
  t.after(() => process_.stop());
  return { process: process_, logged, tag };
};

export const heldDelivery = (deliveryId: number, payload: unknown = {}): HeldDelivery =>
  new HeldDelivery({ ...claimedDelivery({ payload: JSON.stringify(payload) }), deliveryId }, {
    name: 'Worker',
  } as Module);
