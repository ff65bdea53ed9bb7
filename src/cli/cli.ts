import { dataFolderOf, type HubPlace } from '../client/find-hub.js';
import { GrangerClient } from '../client/granger-client.js';
import { isProblem } from '../client/hub-errors.js';
import type { NewMessage } from '../client/hub-types.js';
import type { CliIo } from './cli-io.js';
import { colorsFor } from './colors.js';
import { hubAddress } from './hub-address.js';
import { type Format, Output } from './output.js';

/** The options of every command. */
export interface GlobalOptions extends HubPlace {
  readonly output?: Format | undefined;
  readonly color?: boolean | undefined;
}

/** Who sends what a person sends with an admin key. */
const OPERATOR = 'Operator';

/** What a command works with. */
export class Cli {
  readonly io: CliIo;
  readonly out: Output;
  readonly options: GlobalOptions;
  #client: GrangerClient | undefined;

  constructor(io: CliIo, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    const { isTerminal, environment, columns, stdout } = io;
    this.out = new Output({
      write: (text) => void stdout.write(text),
      format: options.output ?? 'table',
      colors: colorsFor({ isTerminal, environment, color: options.color }),
      width: isTerminal ? columns : undefined,
    });
  }

  /** @throws HubNotFound, CliFailure */
  get hub(): GrangerClient {
    this.#client ??= new GrangerClient(hubAddress(this.options, this.io.environment));
    return this.#client;
  }

  get dataFolder(): string {
    return dataFolderOf(this.options, this.io.environment);
  }

  get signal(): AbortSignal {
    return this.io.interrupted;
  }

  /** Said beside the output, for people. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  /** Sends as who is named, else as the module of the key, else as Operator, who is registered by that. */
  async speak<T>(message: NewMessage, send: (message: NewMessage) => Promise<T>): Promise<T> {
    if (message.from !== undefined) return await send(message);
    try {
      return await send({ ...message, from: OPERATOR });
    } catch (error) {
      if (isProblem(error, 'forbidden')) return await send(message);
      if (!isProblem(error, 'module_not_found') || error.problem.errors?.[0]?.pointer !== '/from') throw error;
      await this.hub.registerModule(OPERATOR, { description: 'People at the command line' });
      return await send({ ...message, from: OPERATOR });
    }
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}
