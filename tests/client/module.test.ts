import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WorkFailed } from '../../src/client/hub-errors.js';
import { Module } from '../../src/client/module.js';
import type { Work } from '../../src/client/worker.js';
import { openCuttableLine } from '../support/cuttable-line.js';
import { createKey } from '../support/hub-keys.js';
import { register, send } from '../support/stream-client.js';
import { makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

class Summer extends Module {
  readonly name: string = 'Summer';
  override readonly description = 'Adds numbers';
  override readonly systemPrompt = 'Add.';
  override readonly capabilities = ['sum'];
  override readonly inputSchema = { type: 'object', required: ['batch'] };
  override readonly outputSchema = { type: 'object', required: ['sum'] };

  override process(data: unknown): unknown {
    const { batch } = data as { batch: number[] };
    return { sum: batch.reduce((sum, each) => sum + each, 0) };
  }
}

class Plain extends Module {
  readonly name = 'Plain';
}

const started = async <T extends Module>(t: TestContext, module: T): Promise<T> => {
  t.after(() => module.stop({ drainSeconds: 0 }));
  return await module.start();
};
const replyOf = async (hub: TestHub, id: string) => (await hub.call('GET', `/v1/messages/${id}/reply?wait=30`)).body;
const ask = async (hub: TestHub, message: object) => (await replyOf(hub, await send(hub, message))).payload;

test('a module registers itself with all that it says of itself, and lives', async (t) => {
  const hub = await startTestHub(t);
  await started(t, new Summer(hub));
  const { body } = await hub.call('GET', '/v1/modules/Summer');
  const { description, systemPrompt, capabilities, inputSchema, outputSchema, runtime, status } = body;
  assert.deepEqual(
    { description, systemPrompt, capabilities, inputSchema, outputSchema, runtime, status },
    {
      description: 'Adds numbers',
      systemPrompt: 'Add.',
      capabilities: ['sum'],
      inputSchema: { type: 'object', required: ['batch'] },
      outputSchema: { type: 'object', required: ['sum'] },
      runtime: { type: 'pull' },
      status: 'active',
    },
  );
});

test('process answers, also who asked for the capability', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  await started(t, new Summer(hub));
  assert.deepEqual(await ask(hub, { to: 'Summer', payload: { batch: [1, 2, 3] } }), { sum: 6 });
  const { body } = await hub.call('POST', '/v1/messages?wait=30', {
    from: 'Producer',
    capability: 'sum',
    payload: { batch: [4] },
  });
  assert.deepEqual(body.reply.payload, { sum: 4 });
});

test('a handler serves its type, the closest pattern first, and process the rest', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  class Many extends Module {
    readonly name = 'Many';
    override process = () => 'process';
  }
  const many = new Many(hub)
    .registerHandler('image.*', () => 'image.*')
    .registerHandler('image.resize.*', () => 'image.resize.*')
    .registerHandler('image.keep', () => 'image.keep');
  await started(t, many);
  const types = ['image.keep', 'image.crop', 'image.resize.small', 'image.resize', 'text'];
  const answers = [];
  for (const type of types) answers.push(await ask(hub, { to: 'Many', type }));
  assert.deepEqual(answers, ['image.keep', 'image.*', 'image.resize.*', 'image.*', 'process']);
});

test('a message that nothing is there for fails for good, and says so', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  await started(t, new Plain(hub));
  await send(hub, { to: 'Plain', type: 'strange' });
  const { data } = await whenEvent(hub, { types: 'delivery.died' });
  assert.equal(data.error.code, 'no_handler');
  assert.match(data.error.message, /strange/);
});

test('a handler that throws is tried again, with what it threw in the history', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  const module = new Plain(hub).registerHandler('task', (_data, { attempt }: Work) => {
    if (attempt === 1) throw new WorkFailed('not_yet', 'Later.', { delaySeconds: 0 });
    return { attempt };
  });
  await started(t, module);
  assert.deepEqual(await ask(hub, { to: 'Plain', type: 'task' }), { attempt: 2 });
});

test('modules ask each other with sendTo, and wait for the reply where they want to', async (t) => {
  const hub = await startTestHub(t);
  await started(t, new Summer(hub));
  const asker = await started(t, new Plain(hub));
  const { reply } = await asker.sendTo('Summer', 'Please add', { batch: [20, 22] }, { waitSeconds: 30 });
  assert.deepEqual(reply?.payload, { sum: 42 });
  const { payload, from, type } = await asker.sendTo('Plain', 'Just so you know', [1, 2], { type: 'INFO' });
  assert.deepEqual([from, type, payload], ['Plain', 'INFO', { message: 'Just so you know', data: [1, 2] }]);
});

test('a reply is handed to the module, and what that returns is no reply to the reply', async (t) => {
  const hub = await startTestHub(t);
  await started(t, new Summer(hub));
  const heard: unknown[] = [];
  const asker = new Plain(hub).registerHandler('*', (data) => {
    heard.push(data);
    return 'thank you';
  });
  await started(t, asker);
  const { id } = await asker.sendTo('Summer', 'add', { batch: [1, 1] });
  await whenEvent(hub, { types: 'delivery.completed', module: 'Plain' });
  assert.deepEqual(heard, [{ sum: 2 }]);
  const { body } = await hub.call('GET', '/v1/messages?limit=10');
  assert.deepEqual(
    body.items.map((message: { replyTo?: string }) => message.replyTo),
    [id, undefined],
  );
});

test('a reply without a handler goes to onReply, not to process', async (t) => {
  const hub = await startTestHub(t);
  await started(t, new Summer(hub));
  const heard: unknown[] = [];
  class Asker extends Summer {
    override readonly name = 'Asker';
    override onReply(reply: unknown): void {
      heard.push(reply);
    }
  }
  const asker = await started(t, new Asker(hub));
  await asker.sendTo('Summer', 'add', { batch: [1, 1] });
  await whenEvent(hub, { types: 'delivery.completed', module: 'Asker' });
  assert.deepEqual(heard, [{ sum: 2 }]);
});

test('a module comes back to a hub that restarted, and to one that has forgotten it', async (t) => {
  const first = await startTestHub(t, { folder: await makeFolder(t) });
  const line = await openCuttableLine(t, first.url);
  await started(t, new Summer({ url: line.url, key: first.key }));
  await first.stop();
  const second = await startTestHub(t, { settings: { GRANGER_ADMIN_KEY: first.key } });
  await register(second, 'Producer');
  line.leadTo(second.url);
  await whenEvent(second, { types: 'module.registered', module: 'Summer' });
  assert.deepEqual(await ask(second, { to: 'Summer', payload: { batch: [2, 2] } }), { sum: 4 });
});

test('stopping lets the work end and gives back the rest', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer');
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let end = (): void => undefined;
  const mayEnd = new Promise<void>((resolve) => {
    end = resolve;
  });
  const module = new Plain({ ...hub, concurrency: 1 }).registerHandler('*', async () => {
    begin();
    await mayEnd;
    return 'finished';
  });
  await started(t, module);
  const ids = [await send(hub, { to: 'Plain' }), await send(hub, { to: 'Plain' })];
  await begun;
  const stopped = module.stop();
  end();
  await stopped;
  const states = [];
  for (const id of ids) states.push((await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0].state);
  assert.deepEqual(states, ['done', 'pending']);
});

test('a key of the module is enough, and one that is revoked closes it', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Plain');
  const { id, key } = await createKey(hub, { scope: 'module', module: 'Plain' });
  const module = await started(
    t,
    new Plain({ url: hub.url, key }).registerHandler('*', () => 'here'),
  );
  assert.equal(await ask(hub, { to: 'Plain' }), 'here');
  await hub.call('DELETE', `/v1/keys/${id}`);
  await assert.rejects(module.closed, { code: 'unauthenticated' });
});

test('a descriptor that the hub refuses is an error of start', async (t) => {
  const hub = await startTestHub(t);
  class Wrong extends Module {
    readonly name = 'Wrong';
    override readonly inputSchema = { type: 'nonsense' };
  }
  await assert.rejects(new Wrong(hub).start(), { code: 'invalid_request' });
});
