import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exitCodes } from '../../src/cli/cli-failure.js';
import { commandList } from '../../src/cli/command-list.js';
import { grangerFolder } from '../support/compiled-hub.js';
import { startReadmeHub } from '../support/readme-hub.js';
import { runShell } from '../support/shell.js';
import { granger } from '../support/test-cli.js';

/** They go on until Ctrl-C, which comes when they have said this. */
const interruptAt = (line: string): RegExp | undefined => {
  if (line.startsWith('granger serve')) return /admin key/;
  return /^granger (listen|monitor)-|--follow/.test(line) ? /Ctrl-C ends/ : undefined;
};
/** Draws on a terminal; its own test runs it in one. */
const needsTerminal = new Set(['top']);

/** These need a process of their own, or files where they are run; the others are run in this process, which takes a tenth of the time. */
const needsShell = (line: string): boolean =>
  !line.startsWith('granger ') ||
  line.includes('--desc') ||
  line.includes(' -o prices') ||
  interruptAt(line) !== undefined;

/** What the words in capitals of an example stand for, made anew for each. */
type Prepare = (call: (...argv: string[]) => Promise<never>) => Promise<Record<string, string>>;

const claimed: Prepare = async (call) => {
  await call('send', 'cat', '--to', 'Resizer');
  const [{ delivery }] = (await call('claim', '--module', 'Resizer')) as [{ delivery: { id: string; lease: string } }];
  return { DELIVERY: delivery.id, LEASE: delivery.lease };
};

const started: Prepare = async (call) => {
  const { id } = (await call('start-instance', '--module', 'Analyst')) as { id: string };
  return { INSTANCE: id };
};

const asked: Prepare = async (call) => {
  await call('query-module', 'Analyst', 'Which upload stands out?', '--from', 'Web');
  const [{ id }] = (await call('list-conversations', '--module', 'Web')) as [{ id: string }];
  return { CONVERSATION: id };
};

const asking: Prepare = async (call) => {
  const directive = '[[tool Bash {"command":"touch asked","description":"Touch a file"}]] [[say Done.]]';
  const [before] = (await call('approvals')) as { id: string }[];
  if (before !== undefined) return { APPROVAL: before.id };
  await call('query-module', 'Asker', directive, '--background');
  for (;;) {
    const [approval] = (await call('approvals')) as { id: string }[];
    if (approval !== undefined) return { APPROVAL: approval.id };
  }
};

/** One that is over, so that to watch it has an end. */
const worked: Prepare = async (call) => {
  const { id } = (await call('query-module', 'Analyst', 'Work', '--background')) as { id: string };
  await call('query-module', 'Analyst', 'Work on', '--wait', '60');
  const [task] = (await call('tasks', '--message', id)) as [{ id: string }];
  return { TASK: task.id };
};

const prepare: Readonly<Record<string, Prepare>> = {
  'stop-instance': started,
  'query-instance': started,
  'monitor-instance': started,
  'pause-instance': started,
  'restart-instance': started,
  'resume-instance': async (call) => {
    const words = await started(call);
    await call('pause-instance', '--id', words.INSTANCE ?? '');
    return words;
  },
  'show-conversation': asked,
  'continue-conversation': asked,
  'export-conversation': asked,
  'archive-conversation': asked,
  task: worked,
  approvals: asking,
  approve: asking,
  deny: asking,
  complete: claimed,
  fail: claimed,
  messages: async (call) => ({ MESSAGE: ((await call('send', 'cat', '--to', 'Resizer')) as { id: string }).id }),
  redrive: async (call) => {
    const { DELIVERY = '', LEASE = '' } = await claimed(call);
    await call('fail', DELIVERY, '--lease', LEASE, '--final');
    return { DEAD: DELIVERY };
  },
  keys: async (call) => ({ KEY_ID: ((await call('keys', 'create')) as { id: string }).id }),
  webhooks: async (call) => ({
    WEBHOOK: ((await call('webhooks', 'create', 'http://127.0.0.1:9/')) as { id: string }).id,
  }),
  replay: async (call) => {
    await call('register-module', 'Archive');
    return {};
  },
};

const descriptors: Readonly<Record<string, object>> = {
  Web: {},
  Archive: {},
  Resizer: { capabilities: ['resize'] },
  Analyst: { runtime: { type: 'claude' } },
  Asker: { runtime: { type: 'claude' } },
};

/** The words of the line are those that a bash makes of it. */
const runHere = async (
  t: TestContext,
  line: string,
  { words, folder }: { words: Readonly<Record<string, string>>; folder: string },
): Promise<void> => {
  const asked = `printf '%s\\0' ${line}`;
  const { stdout } = await runShell(t, asked, { cwd: folder, environment: { PATH: process.env.PATH, ...words } });
  const argv = stdout.split('\0').slice(1, -1);
  const environment = {
    GRANGER_DATA: join(folder, 'data'),
    GRANGER_PORT: '0',
    PATH: process.env.PATH ?? '',
    HOME: folder,
  };
  const ended = await granger({ environment }, ...argv);
  assert.equal(ended.code, exitCodes.ok, `${ended.stdout}${ended.stderr}`);
};

test('every example of every command does what it says, as it stands there', { timeout: 280_000 }, async (t) => {
  const [bin, folder] = await Promise.all([grangerFolder(), startReadmeHub(t)]);
  const call = async (...argv: string[]): Promise<never> => {
    const { code, stdout, stderr } = await granger({}, '--data', join(folder, 'data'), '-o', 'json', ...argv);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as never;
  };
  for (const [name, descriptor] of Object.entries(descriptors)) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(descriptor));
    await call('register-module', name, '--desc', join(folder, `${name}.json`));
  }
  await writeFile(join(folder, 'resizer.yaml'), 'capabilities: [resize]\n');
  const { url } = JSON.parse(await readFile(join(folder, 'data/hub.json'), 'utf8'));
  await fetch(`${url}/v1/channels/uploads/subscriptions/Resizer`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${(await readFile(join(folder, 'data/admin.key'), 'utf8')).trim()}` },
  });
  for (const { name, examples } of commandList.filter((command) => !needsTerminal.has(command.name))) {
    for (const line of examples) {
      await t.test(line, async (t) => {
        const words = (await prepare[name]?.(call)) ?? {};
        if (!needsShell(line)) return await runHere(t, line, { words, folder });
        const environment = { PATH: `${bin}:${process.env.PATH}`, HOME: folder, ...words };
        const cwd = name === 'serve' ? bin : folder;
        const ended = await runShell(t, line, { cwd, environment, interruptAt: interruptAt(line) });
        // A hub that is stopped by a signal has ended well.
        const isCut = interruptAt(line) !== undefined && name !== 'serve';
        const expected = isCut ? exitCodes.interrupted : exitCodes.ok;
        assert.equal(ended.code, expected, `${ended.stdout}${ended.stderr}`);
      });
    }
  }
});

test('every command has an example in its help', async () => {
  for (const { name, examples } of commandList) {
    const { stdout } = await granger({}, name, '--help');
    assert.ok(examples.length > 0, name);
    for (const example of examples) assert.ok(stdout.includes(`  ${example}\n`), `${name}: ${example}`);
  }
});
