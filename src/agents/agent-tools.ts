import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentStartOptions } from './drivers/agent-driver.js';

/** Gives keys that end with who has them. */
export interface KeyLender {
  lend(to: { scope: 'module'; module: string; keyId: string }): { readonly key: string; takeBack(): void };
}

/** What a process is given to use the hub, and what to do when it is gone. */
export interface LentTools {
  readonly options: Pick<AgentStartOptions, 'mcpConfigFile' | 'allowedTools'>;
  takeBack(): Promise<void>;
}

/** The hub's tools, as the CLI calls them: an agent need not ask whether it may use them. */
export const agentToolNames: readonly string[] = [
  'list_modules',
  'send_message',
  'check_reply',
  'claim_message',
  'complete_message',
  'report_progress',
  'list_events',
].map((name) => `mcp__hub__${name}`);

/** The key of an agent's process, as events name it. */
export const keyIdOf = (tag: string): string => `agent:${tag}`;

/** Lets agents use the hub's own tools, each process with a key of its module that ends with the process. */
export class AgentTools {
  #url: string | undefined;
  readonly #keys: KeyLender;
  readonly #folder: string;

  constructor(keys: KeyLender, dataFolder: string) {
    this.#keys = keys;
    this.#folder = join(dataFolder, 'agents', 'mcp');
  }

  /** From now on the hub can be asked there; until then agents have no tools. What a killed hub has left is removed. */
  async open(url: string): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#url = url.replace(/\/\/(0\.0\.0\.0|\[::\]):/, '//127.0.0.1:');
  }

  /** By way of a file that only the hub's user can read. */
  async lend(module: string, tag: string, allowedTools: readonly string[] = []): Promise<LentTools> {
    if (this.#url === undefined) return { options: { allowedTools }, takeBack: async () => {} };
    const { key, takeBack } = this.#keys.lend({ scope: 'module', module, keyId: keyIdOf(tag) });
    const mcpConfigFile = join(this.#folder, `${tag}.json`);
    const hub = { type: 'http', url: `${this.#url}/mcp`, headers: { Authorization: `Bearer ${key}` } };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(mcpConfigFile, JSON.stringify({ mcpServers: { hub } }), { mode: 0o600 });
    return {
      options: { mcpConfigFile, allowedTools: [...allowedTools, ...agentToolNames] },
      takeBack: async () => {
        takeBack();
        await rm(mcpConfigFile, { force: true });
      },
    };
  }
}
