import { fileURLToPath } from 'node:url';
import { runChaos } from '../tests/support/cluster-chaos.js';

/*
 * Three hubs on one PostgreSQL and 200 modules that send and work for a minute, while every 10 s a hub is killed and once the server is
 * started again. Ends with 1 where anything was lost, done twice, or missed by a stream.
 * CHAOS_SECONDS, CHAOS_MODULES, CHAOS_HUBS: other sizes.
 */
const number = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);

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
