import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { collectTurn, useOfflineClaude } from '../../support/claude-cli.js';

test('a session goes on in a new process, also after a kill right after the first result', async (t) => {
  const claude = await useOfflineClaude(t);
  const id = randomUUID();
  const first = claude.start({ session: { kind: 'new', id } });
  await first.runTurn('[[say remember the fish]]', () => {});
  const turn = collectTurn();
  const broken = first.runTurn('[[hang]]', turn.onOutput);
  broken.catch(() => undefined);
  await turn.first('text');
  process.kill(first.pid!, 'SIGKILL');
  await assert.rejects(broken, { code: 'agent_crashed' });

  const second = claude.start({ session: { kind: 'resume', id } });
  const result = await second.runTurn('[[say resumed]]', () => {});
  assert.deepEqual([result.text, result.sessionId], ['resumed', id]);
  assert.match(JSON.stringify(claude.api.requests.at(-1)?.body?.messages), /remember the fish/);
});

test('a session that nobody knows is told by its code, in a turn and without one', async (t) => {
  const claude = await useOfflineClaude(t);
  const asked = claude.start({ session: { kind: 'resume', id: randomUUID() } });
  const idle = claude.start({ session: { kind: 'resume', id: randomUUID() } });
  await assert.rejects(
    asked.runTurn('hello', () => {}),
    { code: 'agent_session_missing', message: /No conversation found/ },
  );
  assert.equal((await idle.exited).error?.code, 'agent_session_missing');
  await assert.rejects(
    idle.runTurn('hello', () => {}),
    { code: 'agent_session_missing' },
  );
});

test('a new session with an id that is taken is told by its code', async (t) => {
  const claude = await useOfflineClaude(t);
  const session = { kind: 'new', id: randomUUID() } as const;
  await claude.start({ session }).runTurn('hello', () => {});
  await assert.rejects(
    claude.start({ session }).runTurn('hello', () => {}),
    { code: 'agent_session_in_use' },
  );
});
