import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type AgentHub, startAgentHub } from '../agents/agent-hub.js';
import { eventually } from '../support/eventually.js';

const program = fileURLToPath(new URL('../../examples/approvals/ask-me.ts', import.meta.url));

const bash = (command: string): string => `[[tool Bash ${JSON.stringify({ command })}]]`;

function startAskMe(t: TestContext, hub: AgentHub) {
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { PATH: process.env.PATH, GRANGER_URL: hub.url, GRANGER_KEY: hub.key },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk));
  return {
    child,
    ended: once(child, 'exit'),
    says: (text: string) => eventually(() => said.includes(text)),
    isTold: (line: string) => child.stdin.write(`${line}\n`),
  };
}

test('a person at a terminal decides what waited already, what comes, and what is to be remembered', async (t) => {
  const hub = await startAgentHub(t);
  const isMade = (name: string) => existsSync(join(hub.folder, 'agents', 'Processor', name));
  const replyTo = async ({ id }: { id: string }) => (await hub.get(`/v1/messages/${id}/reply?wait=30`)).payload;
  const first = await hub.send(bash('touch one'));
  await hub.when({ types: 'approval.requested', message: first.id });

  const askMe = startAskMe(t, hub);
  await askMe.says('Processor asks to use Bash: {"command":"touch one"}');
  askMe.isTold('always');
  await askMe.says('apr_1 is allowed.');
  assert.equal((await replyTo(first)).status, 'SUCCESS');
  assert.equal((await hub.ask(bash('touch one'))).reply.payload.status, 'SUCCESS', 'it is not asked again');

  const second = await hub.send(bash('touch two'));
  await askMe.says('{"command":"touch two"}');
  askMe.isTold('no, not on a Friday');
  await askMe.says('apr_3 is denied.');
  assert.match((await replyTo(second)).response, /not on a Friday/);

  const third = await hub.send(bash('touch three'));
  await askMe.says('{"command":"touch three"}');
  await hub.call('POST', '/v1/approvals/apr_4', { decision: 'deny' });
  askMe.isTold('y');
  await askMe.says('apr_4 needs no answer any more.');
  assert.equal((await replyTo(third)).status, 'SUCCESS');
  assert.deepEqual(['one', 'two', 'three'].map(isMade), [true, false, false]);

  askMe.child.stdin.end();
  assert.deepEqual(await askMe.ended, [0, null]);
});
