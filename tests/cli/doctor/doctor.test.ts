import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DoctorFacts, findingsOf } from '../../../src/cli/doctor/doctor-findings.js';
import { CLAUDE_PROGRAM } from '../../support/claude-cli.js';
import { granger } from '../../support/test-cli.js';
import { makeFolder, startTestHub } from '../../support/test-hub.js';

const good: DoctorFacts = {
  nodeVersion: '20.19.0',
  claude: { says: '2.1.197 (Claude Code)' },
  hasCredentials: true,
  data: { folder: '/data', isThere: true, isWritable: true, freeBytes: 5 * 1024 ** 3, keyMode: 0o600 },
  database: { kind: 'sqlite', state: 'good' },
  port: { address: '127.0.0.1:7411', isFree: true },
};
const { data } = good;
const taken = { address: '127.0.0.1:7411', isFree: false, problem: 'EADDRINUSE' };
const hub = { url: 'http://127.0.0.1:7411', isAlive: true, isReady: true };
const postgres = { kind: 'postgres', address: 'db:5432' } as const;

/** What is wrong, the check that finds it, how bad it is, and what the advice names. */
const wrong: readonly (readonly [Partial<DoctorFacts>, check: string, state: string, advice: RegExp])[] = [
  [{ nodeVersion: '20.18.9' }, 'Node', 'problem', /20\.19/],
  [{ nodeVersion: '18.20.0' }, 'Node', 'problem', /20\.19/],
  [{ claude: { says: 'claude is not installed', advice: 'Install it.' } }, 'Claude Code', 'warning', /^Install it\./],
  [{ hasCredentials: false }, 'Credentials', 'warning', /ANTHROPIC_API_KEY/],
  [{ data: { ...data, isWritable: false } }, 'Data folder', 'problem', /GRANGER_DATA/],
  [{ data: { ...data, keyMode: 0o644 } }, 'Admin key', 'problem', /chmod 600 \/data\/admin\.key/],
  [{ data: { ...data, freeBytes: 500 * 1024 ** 2 } }, 'Disk', 'warning', /GRANGER_KEEP/],
  [{ data: { ...data, freeBytes: 1024 } }, 'Disk', 'problem', /GRANGER_KEEP/],
  [{ database: { kind: 'sqlite', state: 'foreign' } }, 'Database', 'problem', /backup/],
  [{ database: { ...postgres, problem: 'refused' } }, 'Database', 'problem', /GRANGER_DATABASE_URL/],
  [{ hub: { ...hub, isAlive: false, isReady: false } }, 'Hub', 'warning', /granger serve/],
  [{ hub: { ...hub, isReady: false } }, 'Hub', 'problem', /log/],
  [{ port: taken }, 'Port', 'problem', /GRANGER_PORT/],
  [{ port: taken, hub: { ...hub, url: 'http://127.0.0.1:9999' } }, 'Port', 'problem', /GRANGER_PORT/],
];

test('where all is well, every check says so, and nothing is advised', () => {
  const fine: Partial<DoctorFacts>[] = [
    {},
    { nodeVersion: '22.0.0' },
    { database: { kind: 'sqlite', state: 'none' } },
    { database: postgres },
    { hub, port: taken },
    { data: { folder: '/data', isThere: false, isWritable: true, freeBytes: data.freeBytes } },
  ];
  for (const facts of fine)
    for (const finding of findingsOf({ ...good, ...facts }))
      assert.deepEqual([finding.state, finding.advice], ['ok', undefined]);
});

for (const [facts, check, state, advice] of wrong) {
  test(`${check}: ${JSON.stringify(facts)} is a ${state}, and it says what to do`, () => {
    const bad = findingsOf({ ...good, ...facts }).filter((finding) => finding.state !== 'ok');
    assert.deepEqual(
      bad.map((finding) => [finding.check, finding.state]),
      [[check, state]],
    );
    assert.match(bad[0]?.advice ?? '', advice);
  });
}

test('on this machine, beside a hub that runs, it finds what is there', async (t) => {
  const running = await startTestHub(t);
  const { port } = new URL(running.url);
  const environment = { GRANGER_PORT: port, GRANGER_CLAUDE: CLAUDE_PROGRAM, PATH: process.env.PATH ?? '' };
  const { stdout } = await granger({ environment }, 'doctor', '--data', running.folder, '-o', 'json');
  const found = Object.fromEntries(
    JSON.parse(stdout).map(({ check, says }: { check: string; says: string }) => [check, says]),
  );
  assert.match(found['Claude Code'], /^\d+\.\d+\.\d+ .*knows the \d\d flags/);
  assert.equal(found.Hub, `runs at ${running.url}, and is ready`);
  assert.equal(found.Port, `127.0.0.1:${port} is the hub's`);
  assert.equal(found['Admin key'], 'only its owner can read it');
});

test('what is wrong is told with what to do, and ends it with 1', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data/hub.db'), 'This is a letter, and no database.');
  await writeFile(join(folder, 'data/admin.key'), 'secret');
  await chmod(join(folder, 'data/admin.key'), 0o644);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const environment = { GRANGER_PORT: String(port), GRANGER_CLAUDE: '/nowhere/claude', HOME: folder };
  const { code, stdout, stderr } = await granger({ environment }, 'doctor', '--data', join(folder, 'data'));
  assert.equal(code, 1);
  assert.match(stderr, /3 of 9 checks/);
  for (const says of [
    /Admin key +problem/,
    /Database +problem/,
    /Port +problem/,
    /Claude Code +warning/,
    /chmod 600/,
    /npm install/,
  ])
    assert.match(stdout, says);
});
