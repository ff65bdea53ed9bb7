import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { granger } from '../support/test-cli.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Worker', { inputSchema: { type: 'object', required: ['n'] } });

const run = (...argv: string[]) => granger(hub, ...argv);

/** Every code, with a command line that ends with it and what it says on stderr. */
const endings: readonly (readonly [code: number, argv: readonly string[], says: RegExp])[] = [
  [0, ['stats'], /^$/],
  [0, ['--help'], /^$/],
  [0, [], /^$/],
  [0, ['--version'], /^$/],
  [2, ['list-modulez'], /unknown command 'list-modulez'[\s\S]*list-modules/],
  [2, ['list-modules', '--nonsense'], /unknown option '--nonsense'[\s\S]*hint: granger list-modules --help/],
  [2, ['list-modules', '--status', 'happy'], /one of active, stale, offline/],
  [2, ['list-modules', '-o', 'xml'], /one of table, json, jsonl, yaml/],
  [2, ['listen-module'], /--module <name>/],
  [2, ['claim', '--module', 'Worker', '--max', 'many'], /whole number/],
  [2, ['send', '--to', 'Worker', '--payload', '{n:1}'], /JSON/],
  [2, ['send'], /to, capability, channel/],
  [2, ['send', '--to', 'Worker', '--priority', '11', '--payload', '{"n":1}'], /priority/],
  [2, ['send', 'no n', '--to', 'Worker'], /n/],
  [2, ['redrive'], /--all/],
  [2, ['keys', 'break'], /list, create or revoke/],
  [2, ['register-module', 'New', '--desc', '/nowhere/at-all.yaml'], /cannot be read/],
  [2, ['completion', 'tcsh'], /bash, zsh, fish/],
  [3, ['show-module', 'Nobody'], /Nobody[\s\S]*hint: `granger list-modules`/],
  [3, ['messages', 'msg_999999'], /hint: `granger messages`/],
  [3, ['keys', 'revoke', 'key_99'], /hint: `granger keys`/],
  [4, ['--key', 'grk_wrong', 'stats'], /hint: Give a key/],
  [5, ['send', 'x', '--capability', 'nothing'], /hint: `granger list-modules --capability/],
  [6, ['query-module', 'Worker', 'x', '--with', '{"n":1}', '--wait', '0.1'], /hint: .*granger messages msg_/],
  [7, ['--url', 'http://127.0.0.1:9', 'stats'], /hint: Start a hub/],
];

for (const [code, argv, says] of endings) {
  test(`granger ${argv.join(' ')} ends with ${code}`, async () => {
    const { code: actual, stdout, stderr } = await run(...argv);
    assert.equal(actual, code, stderr);
    assert.match(stderr, says);
    if (code !== 0) assert.equal(stdout, '', 'what went wrong is on stderr alone');
  });
}

test('a url that is none is wrong usage', async () => {
  assert.equal((await run('--url', 'nonsense', 'stats')).code, 2);
});

test('where no hub runs on the data folder, it says so and how to start one', async () => {
  const { code, stderr } = await granger({}, '--data', '/nowhere', 'stats');
  assert.equal(code, 7);
  assert.match(stderr, /\/nowhere[\s\S]*granger serve/);
});

test('a key that may only read is told what it lacks', async () => {
  const { key } = await createKey(hub, { scope: 'observer' });
  const { code, stderr } = await granger({ url: hub.url, key }, 'send', 'x', '--to', 'Worker', '--from', 'Worker');
  assert.equal(code, 4);
  assert.match(stderr, /lacks the scope/);
});

test('a module with open deliveries is a conflict, and --force is the way out', async () => {
  await hub.call('PUT', '/v1/modules/Busy', {});
  await run('send', 'x', '--to', 'Busy');
  const { code, stderr } = await run('remove-module', 'Busy');
  assert.equal(code, 5);
  assert.match(stderr, /--force/);
  assert.equal((await run('remove-module', 'Busy', '--force')).code, 0);
});

test('a lost lease is a conflict', async () => {
  await hub.call('PUT', '/v1/modules/Loser', {});
  await run('send', 'x', '--to', 'Loser');
  const { stdout } = await run('claim', '--module', 'Loser', '-o', 'json');
  const [{ delivery }] = JSON.parse(stdout);
  assert.equal((await run('complete', delivery.id, '--lease', 'wrong')).code, 5);
});

test('a reply that will never come is a failure, not a timeout', async () => {
  await hub.call('PUT', '/v1/modules/Doomed', {});
  const asking = run('query-module', 'Doomed', 'x', '--wait', '30');
  const { stdout } = await run('claim', '--module', 'Doomed', '--wait', '30', '-o', 'json');
  const [{ delivery }] = JSON.parse(stdout);
  await run('fail', delivery.id, '--lease', delivery.lease, '--final');
  const { code, stderr } = await asking;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /dead/);
});

test('Ctrl-C ends what goes on for ever with 130', async () => {
  const controller = new AbortController();
  const following = granger(
    { ...hub, signal: controller.signal, onOutput: () => controller.abort() },
    ...['events', '--follow', '--after', '0'],
  );
  assert.equal((await following).code, 130);
});

test('every code is told in the help', async () => {
  const { stdout } = await run('--help');
  assert.match(
    stdout,
    /0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict, 6 timed out, 7 hub not reached, 130/,
  );
});
