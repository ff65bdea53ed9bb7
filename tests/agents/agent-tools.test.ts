import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { request } from '../support/test-hub.js';
import { agentPids, startAgentHub } from './agent-hub.js';

const tool = (name: string, input: object): string => `[[tool mcp__hub__${name} ${JSON.stringify(input)}]]`;

test('an agent asks another agent by the hub, and uses its answer', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Helper', {}, { description: 'Knows numbers' });
  const input = { to: 'Helper', type: 'question', payload: { message: '[[say The number is forty-two.]]' }, wait: 45 };
  const { reply } = await hub.ask(tool('send_message', input));
  assert.equal(reply.payload.status, 'SUCCESS');
  assert.match(reply.payload.response, /The tool answered: .*"from":"Helper".*The number is forty-two\./);
  const asked = (await hub.get('/v1/messages?from=Processor&to=Helper&type=question')).items;
  assert.equal(asked.length, 1);
  const [question] = asked;
  assert.equal((await hub.get(`/v1/messages/${question.id}`)).turn.state, 'succeeded');
  const sent = await hub.when({ types: 'message.sent', message: question.id });
  assert.match(sent.by, /^agent:/, 'by its own key, which ends with its process');
  assert.deepEqual(hub.errors, []);
});

test('an agent asks a program by the hub, and reports how far it is with the task of its turn', async (t) => {
  const hub = await startAgentHub(t);
  const sent = hub.ask(
    `${tool('report_progress', { percent: 40, note: 'Asking' })} ${tool('send_message', { to: 'Producer', payload: { message: 'How many?' }, wait: 45 })}`,
  );
  const progressed = await hub.when({ types: 'task.progressed' });
  assert.deepEqual([progressed.data.percent, progressed.data.note], [40, 'Asking']);
  const { body } = await hub.call('POST', '/v1/modules/Producer/claim', { waitSeconds: 30 });
  const [{ delivery, message }] = body.items;
  assert.deepEqual([message.from, message.payload], ['Processor', { message: 'How many?' }]);
  await hub.call('POST', `/v1/deliveries/${delivery.id}/complete`, {
    lease: delivery.lease,
    reply: { payload: 'nine' },
  });
  const { reply, taskId } = await sent;
  assert.match(reply.payload.response, /"payload":"nine"/);
  const task = await hub.get(`/v1/tasks/${taskId}`);
  assert.deepEqual([task.state, task.percent, task.note], ['completed', 100, 'Asking']);
  assert.equal(task.id, progressed.subject.taskId);
  assert.match(progressed.by, /^agent:/, 'by the key of the agent');
  const [asked] = await hub
    .events({ types: 'message.sent', module: 'Producer' })
    .then((all) => all.filter(({ data }) => data.from === 'Processor'));
  const [answer] = (await hub.events({ types: 'message.sent' })).filter(
    ({ data }) => data.replyTo === asked?.subject.messageId,
  );
  const taken = await hub.when({ types: 'delivery.completed', message: answer.subject.messageId });
  assert.equal(taken.by, progressed.by, 'a reply that a tool has waited for is taken by who called it');
});

test('the key of an agent is in a file of its own, in no argument, and ends with its process', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say hello]]');
  const folder = join(hub.folder, 'agents', 'mcp');
  const [file, ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  const path = join(folder, file!);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const { mcpServers } = JSON.parse(await readFile(path, 'utf8'));
  const authorization: string = mcpServers.hub.headers.Authorization;
  const list = () =>
    request(`${hub.url}/v1/modules/Processor/heartbeat`, { method: 'POST', body: {}, headers: { authorization } });
  assert.equal((await list()).status, 200);
  const lines = await Promise.all((await agentPids(hub)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  assert.ok(lines.length > 0 && !lines.some((line) => line.includes(authorization.slice('Bearer '.length))));
  await hub.call('DELETE', '/v1/modules/Processor?force=true');
  await eventually(async () => (await readdir(folder)).length === 0);
  assert.equal((await list()).status, 401);
});
