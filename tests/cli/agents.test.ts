import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgentHub } from '../agents/agent-hub.js';
import { granger } from '../support/test-cli.js';

test('a question to an agent is answered on stdout, and goes on in its conversation', async (t) => {
  const hub = await startAgentHub(t);
  const asked = await granger(hub, 'query-module', 'Processor', '[[say Forty-two.]]', '--from', 'Producer');
  assert.deepEqual(asked, { code: 0, stdout: 'Forty-two.\n', stderr: '' });

  const [conversation] = JSON.parse((await granger(hub, 'list-conversations', '-o', 'json')).stdout);
  assert.deepEqual(conversation.participants.sort(), ['Processor', 'Producer']);
  const more = await granger(hub, 'continue-conversation', conversation.id, '[[say Indeed.]]');
  assert.equal(more.stdout, 'Indeed.\n');

  const { stdout: chat } = await granger(hub, 'show-conversation', conversation.id);
  assert.match(
    chat,
    /Producer to Processor[^\n]*\n\[\[say Forty-two.\]\]\n\nProcessor to Producer[^\n]*\nForty-two\.\n/,
  );
  assert.match(chat, /Indeed\.\n$/);
  assert.match((await granger(hub, 'search-conversations', 'forty')).stdout, /Forty-two/);
  assert.equal((await granger(hub, 'search-conversations', 'absent')).stdout, 'Nobody has said that.\n');

  const file = join(hub.folder, 'chat.md');
  const exported = await granger(
    hub,
    'export-conversation',
    '--id',
    conversation.id,
    '--format',
    'markdown',
    '-o',
    file,
  );
  assert.equal(exported.code, 0);
  assert.match(await readFile(file, 'utf8'), /Forty-two/);
  const archived = await granger(hub, 'archive-conversation', conversation.id, '-o', 'json');
  assert.equal(JSON.parse(archived.stdout).state, 'archived');
});

test('with --stream the words come while they are said, and once', async (t) => {
  const hub = await startAgentHub(t);
  const pieces: string[] = [];
  const { stdout } = await granger(
    { ...hub, onOutput: (text) => pieces.push(text) },
    ...['query-module', 'Processor', '[[slow 100ms x 6]]', '--stream'],
  );
  assert.ok(pieces.length > 2, `it came in ${pieces.length} pieces`);
  const { items } = await hub.get('/v1/turns');
  assert.equal(stdout.trimEnd(), (await hub.get(`/v1/turns/${items[0].id}/output`)).text.trimEnd());
});

test('with --background the id of the message is all, and the reply is found by it', async (t) => {
  const hub = await startAgentHub(t);
  const { stdout } = await granger(hub, 'query-module', 'Processor', '[[say Later.]]', '--background');
  const id = stdout.trim();
  assert.match(id, /^msg_\d+$/);
  await hub.when({ types: 'delivery.completed', message: id });
  assert.match((await granger(hub, 'messages', id)).stdout, /Later\./);
});

test('an agent that ends in an error is a failure, with what it said on stderr', async (t) => {
  const hub = await startAgentHub(t);
  const { code, stdout, stderr } = await granger(hub, 'query-module', 'Processor', '[[fail 400]]');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^granger: .+\nhint: .*granger messages/);
});

test('an instance is monitored from the middle of its turn to its end', async (t) => {
  const hub = await startAgentHub(t);
  const started = await granger(hub, 'start-instance', '--module', 'Processor', '--from', 'Producer', '-o', 'json');
  const { id } = JSON.parse(started.stdout);
  await hub.send('[[hang]]');
  await hub.when({ types: 'turn.output' });
  const steps = [
    { at: /\w/, act: () => hub.call('POST', `/v1/instances/${id}/interrupt`, {}) },
    { at: /turn\.interrupted/, act: () => granger(hub, 'stop-instance', '--id', id) },
  ];
  const onOutput = (text: string): void => {
    if (steps[0]?.at.test(text) === true) void steps.shift()?.act();
  };
  const monitored = granger({ ...hub, onOutput }, 'monitor-instance', '--id', id);
  const { code, stdout, stderr } = await monitored;
  assert.equal(code, 0, stderr);
  const { items } = await hub.get('/v1/turns');
  assert.ok(stdout.startsWith((await hub.get(`/v1/turns/${items[0].id}/output`)).text), stdout);
  assert.match(stdout, /turn\.interrupted[\s\S]*instance\.stopped/);
});
