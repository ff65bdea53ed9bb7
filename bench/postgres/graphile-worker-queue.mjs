import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const TASK = 'bench';
const CONNECTIONS = 32;
const logger = new Logger(() => () => {});

/** graphile-worker with the settings that its documentation names for throughput: jobs fetched and completed in batches. */
export const openQueue = async (connectionString) => {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  pool.on('error', (error) => console.error(error.message));
  pool.on('connect', (client) => client.on('error', () => {}));
  const utils = await makeWorkerUtils({ pgPool: pool, preset: { worker: { logger } } });
  await utils.migrate();
  const pending = async () =>
    Number(
      (await pool.query('select count(*) from graphile_worker._private_jobs where attempts < max_attempts')).rows[0]
        .count,
    );
  return {
    send: (payload) => utils.addJob(TASK, payload),
    sendMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: TASK, payload }))),
    clear: () => pool.query('truncate graphile_worker._private_jobs'),
    consume: async () => {
      const expected = await pending();
      let done = 0;
      let finish;
      const finished = new Promise((resolve) => {
        finish = resolve;
      });
      const runner = await run({
        pgPool: pool,
        taskList: {
          [TASK]: () => {
            if (++done === expected) finish();
          },
        },
        preset: {
          worker: {
            logger,
            concurrentJobs: 24,
            maxPoolSize: CONNECTIONS,
            localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      });
      await finished;
      await runner.stop();
      if ((await pending()) > 0) throw new Error('Jobs are left.');
      return done;
    },
    close: async () => {
      await utils.release();
      await pool.end();
    },
  };
};
