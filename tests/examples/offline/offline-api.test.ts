import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OfflineApi, startOfflineApi } from '../../../examples/offline/offline-api.js';
import { UNICODE_TEXT } from '../../../examples/offline/reply-plan.js';

async function useApi(t: TestContext): Promise<OfflineApi> {
  const api = await startOfflineApi();
  t.after(() => api.close());
  return api;
}

function ask({ url }: OfflineApi, prompt: string, more: object = {}): Promise<Response> {
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: prompt }], ...more });
  return fetch(`${url}/v1/messages?beta=true`, { method: 'POST', body });
}

interface StreamEvent {
  readonly type: string;
  readonly index?: number;
  readonly content_block?: { readonly type: string };
  readonly delta?: { readonly text?: string; readonly partial_json?: string; readonly stop_reason?: string };
  readonly usage?: { readonly output_tokens: number };
}

async function eventsOf(response: Response): Promise<StreamEvent[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as StreamEvent);
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map(({ delta }) => delta?.text ?? '').join('');
}

test('events come in the documented order', async (t) => {
  const events = await eventsOf(await ask(await useApi(t), '[[thinking hm]] [[say hi you]]'));
  const types = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
  const block = ['content_block_start', 'content_block_delta', 'content_block_stop'];
  assert.deepEqual(types, ['message_start', ...block, ...block, 'message_delta', 'message_stop']);
  assert.equal(events.at(-2)?.delta?.stop_reason, 'end_turn');
  assert.equal(textOf(events), 'hi you');
});

test('the input of a tool arrives as JSON in pieces', async (t) => {
  const events = await eventsOf(await ask(await useApi(t), '[[tool Bash {"command":"ls"}]]'));
  assert.deepEqual(JSON.parse(events.map(({ delta }) => delta?.partial_json ?? '').join('')), { command: 'ls' });
  assert.equal(events.at(-2)?.delta?.stop_reason, 'tool_use');
});

test('characters that are split over the network arrive whole', async (t) => {
  assert.equal(textOf(await eventsOf(await ask(await useApi(t), '[[unicode]]'))), UNICODE_TEXT);
});

test('a slow answer has all its chunks', async (t) => {
  const events = await eventsOf(await ask(await useApi(t), '[[slow 1ms x 3]]'));
  assert.equal(textOf(events), 'chunk 1 of 3. chunk 2 of 3. chunk 3 of 3. ');
});

test('the same prompt gets the same answer', async (t) => {
  const api = await useApi(t);
  const once = textOf(await eventsOf(await ask(api, 'hello')));
  assert.equal(textOf(await eventsOf(await ask(api, 'hello'))), once);
});

test('without stream the message comes in one piece, with its cost', async (t) => {
  const response = await ask(await useApi(t), '[[say hi]] [[tool Bash {"command":"ls"}]]', { stream: false });
  const message = (await response.json()) as {
    content: { type: string }[];
    stop_reason: string;
    usage: { input_tokens: number };
  };
  assert.deepEqual(
    message.content.map(({ type }) => type),
    ['text', 'tool_use'],
  );
  assert.equal(message.stop_reason, 'tool_use');
  assert.ok(message.usage.input_tokens > 0);
});

test('a failure has the status, the type and the retry-after that were asked for', async (t) => {
  const response = await ask(await useApi(t), '[[fail 429 retry-after 7]]');
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '7');
  assert.equal(((await response.json()) as { error: { type: string } }).error.type, 'rate_limit_error');
});

test('a failure that is counted ends, and another turn with the same words fails anew', async (t) => {
  const api = await useApi(t);
  const statuses = async (more?: object) => {
    const responses = [
      await ask(api, '[[fail 529 x 2]]', more),
      await ask(api, '[[fail 529 x 2]]', more),
      await ask(api, '[[fail 529 x 2]]', more),
    ];
    await Promise.all(responses.map((response) => response.text()));
    return responses.map(({ status }) => status);
  };
  assert.deepEqual(await statuses(), [529, 529, 200]);
  assert.deepEqual(await statuses({ metadata: { user_id: 'another session' } }), [529, 529, 200]);
});

test('a stream that hangs has begun', async (t) => {
  const response = await ask(await useApi(t), '[[hang]]');
  const { value } = await response.body!.getReader().read();
  assert.match(new TextDecoder().decode(value), /message_start/);
});

test('close ends streams that hang and requests without an answer', async () => {
  const api = await startOfflineApi();
  const hanging = await ask(api, '[[hang]]');
  const silent = ask(api, '[[hang-before-first]]');
  silent.catch(() => undefined);
  while (api.requests.length < 2) await new Promise(setImmediate);
  await api.close();
  await api.close();
  await assert.rejects(silent);
  await assert.rejects(hanging.text());
});

test('HEAD is answered, tokens are counted, other paths are unknown', async (t) => {
  const api = await useApi(t);
  assert.equal((await fetch(api.url, { method: 'HEAD' })).status, 200);
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'hello' }] });
  const counted = await fetch(`${api.url}/v1/messages/count_tokens`, { method: 'POST', body });
  assert.ok(((await counted.json()) as { input_tokens: number }).input_tokens > 0);
  assert.equal((await fetch(`${api.url}/v1/models`)).status, 404);
});

test('a body that is not JSON is refused', async (t) => {
  const { url } = await useApi(t);
  assert.equal((await fetch(`${url}/v1/messages`, { method: 'POST', body: '{' })).status, 400);
});

test('requests are recorded with their prompt', async (t) => {
  const api = await useApi(t);
  await (await ask(api, 'remember me')).text();
  assert.deepEqual(
    api.requests.map(({ method, path, prompt }) => [method, path, prompt]),
    [['POST', '/v1/messages', 'remember me']],
  );
});
