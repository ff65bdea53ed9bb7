import closeWithGrace from 'close-with-grace';
import { pino, stdSerializers } from 'pino';
import { type Config, ConfigError, loadConfig, readEnvironment } from './config.js';
import { DatabaseRefused } from './db/postgres/postgres-problem.js';
import { DataFolderInUse, startHub } from './hub.js';
import { errorMessage, isHubError } from './lib/errors.js';
import { loggedRefusal } from './lib/logger.js';

const SIGNALS_AFTER_DRAIN_MS = 15_000;

const exitWith = (code: number, lines: readonly string[]): never => {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(code);
};

const logged = (error: Error): object => (isHubError(error) ? loggedRefusal(error) : stdSerializers.err(error));

const readConfig = (): Config => {
  try {
    return loadConfig(readEnvironment());
  } catch (error) {
    if (error instanceof ConfigError)
      return exitWith(2, ['The settings cannot be used:', ...error.problems.map((problem) => `  ${problem}`)]);
    throw error;
  }
};

const main = async (): Promise<void> => {
  const config = readConfig();
  const logger = pino(
    { level: config.logLevel, serializers: { err: logged } },
    pino.destination({ dest: 2, sync: true }),
  );
  if (config.unknownSettings.length > 0)
    logger.warn({ settings: config.unknownSettings }, 'these look like settings of the hub and are none');
  const hub = await startHub(config, { logger }).catch((error: unknown) => {
    if (error instanceof DataFolderInUse)
      return exitWith(1, [error.message, 'Stop it first, or give this one a folder of its own with GRANGER_DATA.']);
    if (error instanceof DatabaseRefused) return exitWith(1, [error.message]);
    return exitWith(1, [`The hub could not start: ${errorMessage(error)}`]);
  });
  closeWithGrace({ delay: config.drainMs + SIGNALS_AFTER_DRAIN_MS, logger }, async ({ err }) => {
    if (err !== undefined) logger.fatal({ err }, 'the hub fails and stops');
    await hub.stop();
  });
  const key = hub.adminKey.file === undefined ? 'as set in GRANGER_ADMIN_KEY' : `in ${hub.adminKey.file}`;
  process.stdout.write(`Granger Hub listens on ${hub.url}\nThe admin key is ${key}\n`);
};

await main();
