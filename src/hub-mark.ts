import type { Config } from './config.js';
import type { Database } from './db/database.js';
import { type DatabaseIdentity, expectMark, loadIdentity } from './db/hub-meta.js';
import { readMark, writeMark } from './db/seq-mark.js';
import type { EventFeed } from './events/event-feed.js';
import type { Logger } from './lib/logger.js';
import { patiently } from './lib/patience.js';
import { type Periodic, startPeriodic } from './lib/periodic.js';

const MARK_EVERY_MS = 10_000;
const UNWRITTEN = 'the mark of the database was not written';

/** Who the database is. What is found to be an older copy has another epoch from now on, and nobody is taken for further than it is. */
export const identify = async (
  database: Database,
  { dataFolder }: Config,
  { logger, forMs }: { logger: Logger; forMs: number },
): Promise<DatabaseIdentity> => {
  const identity = await patiently(forMs, () => loadIdentity(database, readMark(dataFolder)));
  const { epoch, lastSeq: seq, isRestored } = identity;
  if (database.catchUp !== undefined) return identity;
  if (isRestored)
    logger.warn({ epoch, lastSeq: seq }, 'the database is an older copy: event numbers have another epoch');
  try {
    await writeMark(dataFolder, { epoch, seq });
    await expectMark(database);
  } catch (error) {
    logger.error({ err: error }, UNWRITTEN);
  }
  return identity;
};

/** Writes down now and then, and when it is stopped, how far the log has come. */
export const startMarking = (
  { database, config, epoch, logger }: { database: Database; config: Config; epoch: string; logger: Logger },
  feed: EventFeed,
): Periodic => {
  let marked = 0;
  const mark = async (): Promise<void> => {
    const seq = feed.lastSeq;
    if (database.catchUp !== undefined || seq === marked) return;
    await writeMark(config.dataFolder, { epoch, seq });
    marked = seq;
  };
  const report = (error: unknown): void => logger.error({ err: error }, UNWRITTEN);
  const periodic = startPeriodic(MARK_EVERY_MS, mark, report);
  return {
    stop: async () => {
      await periodic.stop();
      await mark().catch(report);
    },
  };
};
