import { PgBoss } from 'pg-boss';

const QUEUE = 'bench';
const CONNECTIONS = 32;

/** pg-boss as its own documentation uses it from a program that fetches and completes by itself. */
export const openQueue = async (connectionString) => {
  const boss = new PgBoss({ connectionString, max: CONNECTIONS, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error.message));
  await boss.start();
  await boss.createQueue(QUEUE);
  const consumeSome = async () => {
    let done = 0;
    for (;;) {
      const jobs = await boss.fetch(QUEUE, { batchSize: 100 });
      if (jobs.length === 0) return done;
      await boss.complete(
        QUEUE,
        jobs.map(({ id }) => id),
      );
      done += jobs.length;
    }
  };
  return {
    send: (payload) => boss.send(QUEUE, payload),
    sendMany: (payloads) =>
      boss.insert(
        QUEUE,
        payloads.map((data) => ({ data })),
      ),
    clear: () => boss.deleteAllJobs(QUEUE),
    /** Four consumers, 100 jobs a fetch, until there is nothing. */
    consume: async () => (await Promise.all([1, 2, 3, 4].map(consumeSome))).reduce((sum, done) => sum + done, 0),
    close: () => boss.stop({ graceful: false }),
  };
};
