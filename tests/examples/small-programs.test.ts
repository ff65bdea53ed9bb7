import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startAgentHub } from '../agents/agent-hub.js';
import { startTestHub } from '../support/test-hub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const run = async (hub: { url: string; key: string }, example: string, ...args: string[]): Promise<string[]> => {
  const env = { PATH: process.env.PATH, GRANGER_URL: hub.url, GRANGER_KEY: hub.key };
  const program = ['--import', 'tsx', `examples/${example}/main.ts`, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root, env });
  return stdout.trimEnd().split('\n');
};

test('three modules hand work on and its answer back, and an observer sees every step', async (t) => {
  const lines = await run(await startTestHub(t), 'three-modules');
  assert.ok(lines.includes('Sensor is told: 3 readings, from 19 to 22'), lines.join('\n'));
  const seen = lines.filter((line) => line.startsWith('observer: '));
  assert.deepEqual(seen, [
    'observer: Sensor -> Collector: reading',
    'observer: Collector -> Cleaner: message',
    'observer: Cleaner -> Reporter: message',
    'observer: Reporter -> Cleaner: message.response',
    'observer: Cleaner -> Collector: message.response',
    'observer: Collector -> Sensor: reading.response',
  ]);
});

test('modules are found by what they can do, and the hub chooses one', async (t) => {
  assert.deepEqual(await run(await startTestHub(t), 'discovery'), [
    'Dolmetscher is active and can translate, translate.de',
    'Interprete is active and can translate, translate.es',
    'Dolmetscher: guten Morgen',
    'Interprete: buenos días',
  ]);
});

test('the words of an agent are printed as they come, to the last', async (t) => {
  const hub = await startAgentHub(t);
  const lines = await run(hub, 'streaming', 'What is a fathom?');
  assert.equal(lines.at(-1), '(turn.succeeded)');
  const { body } = await hub.call('GET', '/v1/messages?from=Teller');
  assert.equal(lines.slice(0, -1).join('\n').trimEnd(), body.items[0].payload.response);
});
