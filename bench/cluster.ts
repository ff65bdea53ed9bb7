import { fileURLToPath } from 'node:url';
import { runChaos } from '../tests/support/cluster-chaos.js';
import { outputAgesAtAnotherHub } from './support/other-hub-output.js';
import { median, quantile } from './support/statistics.js';

/*
 * Three hubs on one PostgreSQL and 200 modules that send and work for a minute, while every 10 s a hub is killed and once the server is
 * started again. Ends with 1 where anything was lost, done twice, or missed by a stream. Before that, how old the words of an agent are
 * when they come to a WebSocket client of another hub than the one that runs it.
 * CHAOS_SECONDS, CHAOS_MODULES, CHAOS_HUBS: other sizes. BENCH_TURNS: turns that are watched.
 */
const number = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);

const ages = await outputAgesAtAnotherHub(number('BENCH_TURNS', 50));
const within = `median ${median(ages).toFixed(1)} ms, p95 ${quantile(ages, 0.95).toFixed(1)} ms (at most 100 ms)`;
console.log(`CLI prints -> a client of another hub has it: ${within}`);

const { wrong, ...figures } = await runChaos({
  program: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
  hubs: number('CHAOS_HUBS', 3),
  modules: number('CHAOS_MODULES', 200),
  seconds: number('CHAOS_SECONDS', 60),
  killEverySeconds: 10,
  sendEveryMs: 1000,
});
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(16)}${value}`);
for (const sentence of wrong.slice(0, 20)) console.log(`WRONG: ${sentence}`);
console.log(wrong.length === 0 ? 'Nothing was lost, done twice or missed.' : `${wrong.length} things are wrong.`);
process.exitCode = wrong.length === 0 ? 0 : 1;
