import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock, request } from '../../support/test-hub.js';
import { type AgentHub, type AnyBody, restartHub, startAgentHub } from '../agent-hub.js';

const TOUCH = '[[tool Bash {"command":"touch made"}]]';
const APPROVALS = 'approval.requested,approval.decided,approval.timed_out,approval.withdrawn';

/** Sends a request that makes the agent ask, and waits until it does. */
async function asked(
  hub: AgentHub,
  payload = TOUCH,
  message: object = {},
): Promise<{ sent: AnyBody; approval: AnyBody }> {
  const sent = await hub.send(payload, message);
  const { data } = await hub.when({ types: 'approval.requested', message: sent.id });
  return { sent, approval: await hub.get(`/v1/approvals/${data.approvalId}`) };
}

const decide = (hub: AgentHub, { id }: AnyBody, decision: object) => hub.call('POST', `/v1/approvals/${id}`, decision);

const replyTo = async (hub: AgentHub, { id }: AnyBody): Promise<AnyBody> =>
  (await hub.get(`/v1/messages/${id}/reply?wait=30`)).payload;

const made = (hub: AgentHub): boolean => existsSync(join(hub.folder, 'agents', 'Processor', 'made'));

const typesOf = async (hub: AgentHub): Promise<string[]> =>
  (await hub.events({ types: APPROVALS })).map(({ type }) => type);

test('an agent that may not use a tool unasked waits for a person, and goes on when that one allows it', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  const { id, turnId, deliveryId, toolUseId, requestedAt, expiresAt, ...rest } = approval;
  assert.deepEqual(rest, {
    state: 'pending',
    module: 'Processor',
    conversationId: sent.conversationId,
    messageId: sent.id,
    toolName: 'Bash',
    input: { command: 'touch made' },
    description: 'touch made',
    remembers: { toolName: 'Bash', target: 'touch made' },
  });
  assert.deepEqual([id, deliveryId], ['apr_1', sent.deliveries[0].id]);
  assert.equal(Date.parse(expiresAt) - Date.parse(requestedAt), 300_000);
  assert.deepEqual((await hub.get('/v1/approvals?state=pending')).items, [approval]);
  assert.equal((await hub.get(`/v1/turns/${turnId}`)).state, 'waiting_approval');
  assert.equal(made(hub), false);

  const { status, body } = await decide(hub, approval, { decision: 'allow', message: 'Go on' });
  assert.deepEqual(
    [status, body.state, body.decision, body.decidedBy, body.message],
    [200, 'allowed', 'allow', 'admin', 'Go on'],
  );
  assert.equal((await replyTo(hub, sent)).status, 'SUCCESS');
  assert.equal(made(hub), true);
  const { state, toolCalls } = await hub.get(`/v1/turns/${turnId}`);
  assert.deepEqual([state, toolCalls[0].toolUseId, toolCalls[0].isError], ['succeeded', toolUseId, false]);
  assert.deepEqual((await hub.get('/v1/approvals?state=pending')).items, []);
  const [requested, decided] = await hub.events({ types: APPROVALS });
  const what = { approvalId: id, toolName: 'Bash', toolUseId, description: 'touch made' };
  assert.deepEqual(requested.data, { ...what, expiresAt });
  assert.deepEqual([decided.type, decided.subject], ['approval.decided', requested.subject]);
  assert.deepEqual(decided.data, { ...what, decision: 'allow', by: 'admin', message: 'Go on' });
  assert.deepEqual(requested.subject, {
    module: 'Processor',
    conversationId: sent.conversationId,
    messageId: sent.id,
    deliveryId,
    turnId,
  });
  assert.deepEqual(hub.errors, []);
});

test('a tool that is denied does not run, and the agent is told why', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  await decide(hub, approval, { decision: 'deny', message: 'Not on a Friday' });
  const { status, response } = await replyTo(hub, sent);
  assert.equal(status, 'SUCCESS');
  assert.match(response, /Not on a Friday/);
  assert.equal(made(hub), false);
});

test('a person may change what the tool is run with', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  const updatedInput = { command: 'echo something else' };
  const { body } = await decide(hub, approval, { decision: 'allow', updatedInput, remember: 'conversation' });
  assert.deepEqual([body.input, body.updatedInput], [approval.input, updatedInput]);
  assert.deepEqual(body.remembers, { toolName: 'Bash', target: 'echo something else' });
  assert.equal((await replyTo(hub, sent)).response, 'The tool answered: something else');
  assert.equal(made(hub), false);
  const again = await asked(hub);
  assert.equal(again.approval.state, 'pending', 'what was asked at first was never allowed');
});

test('what is decided stays decided', async (t) => {
  const hub = await startAgentHub(t);
  const { approval } = await asked(hub);
  const both = await Promise.all(
    ['allow', 'deny'].map((decision) => decide(hub, approval, { decision, message: decision })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  const refused = both.find(({ status }) => status === 409)!;
  const accepted = both.find(({ status }) => status === 200)!;
  assert.equal(refused.body.code, 'approval_decided');
  assert.equal((await hub.get(`/v1/approvals/${approval.id}`)).message, accepted.body.message);
  assert.deepEqual(await typesOf(hub), ['approval.requested', 'approval.decided']);
});

test('only an admin decides: a key of the agent itself may look, and no more', async (t) => {
  const hub = await startAgentHub(t);
  const { approval } = await asked(hub);
  const { key } = (await hub.call('POST', '/v1/modules/Processor/keys')).body;
  const url = `${hub.url}/v1/approvals/${approval.id}`;
  assert.equal((await request(url, { method: 'GET', key })).status, 200);
  const refused = await request(url, { method: 'POST', key, body: { decision: 'allow' } });
  assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
  const patch = { method: 'PATCH', key, body: { permissions: { allow: ['Bash'] } } };
  assert.equal((await request(`${hub.url}/v1/modules/Processor`, patch)).status, 403);
});

test('a wrong request changes nothing', async (t) => {
  const hub = await startAgentHub(t);
  const { approval } = await asked(hub);
  const wrong = [
    {},
    { decision: 'maybe' },
    { decision: 'allow', remember: 'for ever' },
    { decision: 'allow', always: true },
    { decision: 'allow', updatedInput: 'ls' },
    { decision: 'deny', updatedInput: {} },
  ];
  for (const body of wrong) assert.equal((await decide(hub, approval, body)).status, 400, JSON.stringify(body));
  for (const id of ['apr_99', 'apr_x', 'turn_1']) {
    const [found, decided] = [
      await hub.call('GET', `/v1/approvals/${id}`),
      await decide(hub, { id }, { decision: 'allow' }),
    ];
    assert.deepEqual([found.status, found.body.code], [404, 'approval_not_found']);
    assert.deepEqual([decided.status, decided.body.code], [404, 'approval_not_found']);
  }
  assert.equal((await hub.call('GET', '/v1/approvals?state=maybe')).status, 400);
  assert.equal((await hub.get(`/v1/approvals/${approval.id}`)).state, 'pending');
});

test('approvals are found by state, module and turn, newest first, page by page', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Other');
  const first = await asked(hub);
  const second = await asked(hub, TOUCH, { to: 'Other' });
  await decide(hub, first.approval, { decision: 'deny' });
  const ids = async (query: string) => (await hub.get(`/v1/approvals${query}`)).items.map(({ id }: AnyBody) => id);
  const [one, two] = [first.approval.id, second.approval.id];
  assert.deepEqual(await ids(''), [two, one]);
  assert.deepEqual(await ids('?state=denied'), [one]);
  assert.deepEqual(await ids('?module=Other'), [two]);
  assert.deepEqual(await ids(`?turn=${first.approval.turnId}`), [one]);
  assert.deepEqual(await ids('?turn=nonsense'), []);
  const { items, nextCursor } = await hub.get('/v1/approvals?limit=1');
  assert.equal(items[0].id, two);
  assert.deepEqual(await ids(`?limit=1&cursor=${nextCursor}`), [one]);
});

test('a decision is remembered for its conversation, where that was asked', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  await decide(hub, approval, { decision: 'allow', remember: 'conversation' });
  await replyTo(hub, sent);
  assert.equal((await hub.ask(TOUCH)).reply.payload.status, 'SUCCESS');
  const [again] = (await hub.get('/v1/approvals')).items;
  assert.deepEqual([again.id, again.state, again.decidedBy], ['apr_2', 'allowed', approval.id]);
  assert.deepEqual(await typesOf(hub), ['approval.requested', 'approval.decided', 'approval.decided']);
  const other = await asked(hub, '[[tool Bash {"command":"touch other"}]]');
  assert.equal(other.approval.state, 'pending', 'another command is another question');
  const elsewhere = await asked(hub, TOUCH, { conversationId: 'another' });
  assert.equal(elsewhere.approval.state, 'pending', 'and another conversation too');
});

test('what was asked and remembered in a conversation goes with it', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub, TOUCH, { conversationId: 'order-42' });
  await decide(hub, approval, { decision: 'allow', remember: 'conversation' });
  await replyTo(hub, sent);
  assert.equal((await hub.call('DELETE', '/v1/conversations/order-42?force=true')).status, 204);
  assert.deepEqual((await hub.get('/v1/approvals')).items, []);
  const again = await asked(hub, TOUCH, { conversationId: 'order-42' });
  assert.equal(again.approval.state, 'pending');
});

test('a decision that is remembered for its turn is forgotten with it', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub, `${TOUCH}${TOUCH}`);
  await decide(hub, approval, { decision: 'deny', message: 'Never', remember: 'turn' });
  assert.match((await replyTo(hub, sent)).response, /Never/);
  const [second] = (await hub.get(`/v1/approvals?turn=${approval.turnId}`)).items;
  assert.deepEqual([second.state, second.decidedBy, second.message], ['denied', approval.id, 'Never']);
  assert.equal((await asked(hub)).approval.state, 'pending');
});

test('a question that nobody answers is denied when its time is over', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock, settings: { GRANGER_APPROVAL_SECONDS: '40' } });
  const { sent, approval } = await asked(hub);
  clock.advance(41_000);
  await hub.when({ types: 'approval.timed_out', message: sent.id });
  assert.match((await replyTo(hub, sent)).response, /Nobody decided in time/);
  const over = await hub.get(`/v1/approvals/${approval.id}`);
  assert.deepEqual([over.state, over.decision, over.decidedBy], ['timed_out', 'deny', undefined]);
  assert.equal((await decide(hub, approval, { decision: 'allow' })).status, 409);
  assert.equal(made(hub), false);
});

test('the descriptor may say how long a question waits', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { permissions: { timeoutSeconds: 7 } });
  const { approval } = await asked(hub);
  assert.equal(Date.parse(approval.expiresAt) - Date.parse(approval.requestedAt), 7000);
});

test('a message that is cancelled takes its question with it', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  await hub.call('POST', `/v1/messages/${sent.id}/cancel`, {});
  await hub.when({ types: 'turn.interrupted', message: sent.id });
  const withdrawn = await hub.get(`/v1/approvals/${approval.id}`);
  assert.deepEqual([withdrawn.state, withdrawn.decision], ['withdrawn', undefined]);
  const late = await decide(hub, approval, { decision: 'allow' });
  assert.deepEqual([late.status, late.body.code], [409, 'approval_decided']);
  assert.equal((await hub.get(`/v1/turns/${approval.turnId}`)).state, 'interrupted');
  assert.deepEqual(await typesOf(hub), ['approval.requested', 'approval.withdrawn']);
  assert.equal((await hub.ask('[[say fine]]')).reply.payload.response, 'fine', 'its process takes the next turn');
  assert.deepEqual(hub.errors, []);
});

test('a question of a hub that stops is withdrawn, and asked again by the next one', async (t) => {
  const hub = await startAgentHub(t);
  const { sent, approval } = await asked(hub);
  await hub.stop();
  const next = await restartHub(t, hub);
  assert.equal((await next.get(`/v1/approvals/${approval.id}`)).state, 'withdrawn');
  const { data } = await next.when({ types: 'approval.requested', after: String(await lastSeqOf(next, approval)) });
  assert.notEqual(data.approvalId, approval.id);
  await decide(next, { id: data.approvalId }, { decision: 'allow' });
  assert.equal((await replyTo(next, sent)).status, 'SUCCESS');
  assert.equal(made(next), true);
});

const lastSeqOf = async (hub: AgentHub, { turnId }: AnyBody): Promise<number> =>
  (await hub.events({ types: 'approval.withdrawn', turn: turnId })).at(-1).seq;
